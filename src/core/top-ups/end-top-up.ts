import { recordChange } from '../audit/record-change';
import type { Caller, Context } from '../../context';
import { AppError, invalid } from '../../errors';
import { formatUsd } from '../../lib/usd';

export const MAX_DECLINE_REASON_CHARACTERS = 500;

interface Ending {
  ctx: Context;
  requestId: string;
  caller: Caller;
}

/**
 * The operator declines a request that waits; the company sees the reason. A repeat changes nothing.
 * @throws AppError invalid_request naming `reason`; top_up_not_found; top_up_decided when it was
 * approved or cancelled
 */
export async function declineTopUp(request: Ending & { reason: string }): Promise<void> {
  const reason = request.reason.trim();
  if (reason === '') throw invalid('reason', 'must say why, for the company to read');
  if (reason.length > MAX_DECLINE_REASON_CHARACTERS) {
    throw invalid(
      'reason',
      `must have at most ${String(MAX_DECLINE_REASON_CHARACTERS)} characters`,
    );
  }
  await end({ ...request, state: 'declined', reason, companyId: null });
}

/**
 * A company takes back a request that waits. A repeat changes nothing.
 * @throws AppError top_up_not_found, also for another company's; top_up_decided when it was approved
 * or declined
 */
export async function cancelTopUp(request: Ending & { companyId: string }): Promise<void> {
  await end({ ...request, state: 'cancelled', reason: null });
}

async function end({
  ctx,
  requestId,
  caller,
  state,
  reason,
  companyId,
}: Ending & {
  state: 'declined' | 'cancelled';
  reason: string | null;
  /** Whose it has to be; null: anybody's. */
  companyId: string | null;
}): Promise<void> {
  const { topUpRequests } = ctx.store;
  await ctx.store.transaction(async (session) => {
    const request = await topUpRequests.find(requestId, session);
    if (!request || (companyId !== null && request.company_id !== companyId)) {
      throw new AppError('top_up_not_found');
    }
    if (request.state === state) return;
    const at = ctx.now();
    const amount = formatUsd(request.amount_microusd);
    const decision = { state, reason, decided_by: caller.actor, decided_at: at };
    if (!(await topUpRequests.decide(requestId, decision, session))) {
      throw new AppError('top_up_decided');
    }
    await recordChange({
      ctx,
      session,
      companyId: request.company_id,
      action: `wallet.top_up_${state}`,
      caller,
      entryId: `${requestId}.${state}`,
      reason: reason === null ? amount : `${amount}: ${reason}`,
      at,
    });
  });
}
