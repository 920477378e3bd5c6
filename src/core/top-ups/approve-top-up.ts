import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import type { Session } from '../../store';
import { topUp, type TopUpResult } from '../wallet/top-up';

/**
 * Puts the money of a request into the wallet: state, ledger line and audit entry are one transaction.
 * A repeat, or a second operator at the same time, adds nothing and gives the first result.
 * @throws AppError top_up_not_found; top_up_decided when it was declined or cancelled
 */
export async function approveTopUp({
  ctx,
  requestId,
  caller,
}: {
  ctx: Context;
  requestId: string;
  caller: Caller;
}): Promise<TopUpResult> {
  const { topUpRequests } = ctx.store;
  const request = await topUpRequests.find(requestId);
  if (!request) throw new AppError('top_up_not_found');
  const approved = { state: 'approved' as const, decided_by: caller.actor, reason: null };
  const completion = async (session: Session): Promise<void> => {
    const decision = { ...approved, decided_at: ctx.now() };
    if (await topUpRequests.decide(requestId, decision, session)) return;
    const decided = await topUpRequests.find(requestId, session);
    if (decided?.state !== 'approved') throw new AppError('top_up_decided');
  };
  return topUp({
    ctx,
    companyId: request.company_id,
    amountMicrousd: request.amount_microusd,
    caller,
    operationId: requestId,
    completion,
  });
}
