import { recordChange } from '../audit/record-change';
import type { Caller, Context } from '../../context';
import { AppError, invalid } from '../../errors';
import { derivedId } from '../../lib/derived-ids';
import { formatUsd } from '../../lib/usd';
import { retryOnDuplicate } from '../../store';
import type { TopUpRequest } from '../../store/top-up-requests';
import { requireCompany } from '../companies/require-company';
import { paymentFor } from './payment';
import { topUpView, type TopUpView } from './top-up-view';

export const MICROUSD_PER_USD = 1_000_000;
export const MIN_TOP_UP_MICROUSD = 1 * MICROUSD_PER_USD;
export const MAX_TOP_UP_MICROUSD = 100_000 * MICROUSD_PER_USD;
/** Whether a company may ask for this many µUSD at once. */
export function isTopUpAmount(microusd: number): boolean {
  return microusd >= MIN_TOP_UP_MICROUSD && microusd <= MAX_TOP_UP_MICROUSD;
}

/** Of one company. */
export const MAX_WAITING_TOP_UPS = 10;

/**
 * Asks for money in a company's wallet: written down and audited, then begun with whoever takes the
 * payment. Repeating an operation finds the first request.
 * @returns the request as it stands by then
 * @throws AppError invalid_request naming `amount_usd`, which must be $1 to $100,000; company_not_found;
 * top_ups_waiting; idempotency_mismatch for an operation that asked for another amount
 */
export async function requestTopUp({
  ctx,
  companyId,
  amountMicrousd,
  operationId,
  caller,
}: {
  ctx: Context;
  companyId: string;
  amountMicrousd: number;
  /** The same for a form that is sent twice. */
  operationId: string;
  caller: Caller;
}): Promise<TopUpView> {
  if (!Number.isSafeInteger(amountMicrousd) || amountMicrousd < MIN_TOP_UP_MICROUSD) {
    throw invalid('amount_usd', 'must be at least 1.00');
  }
  if (amountMicrousd > MAX_TOP_UP_MICROUSD) {
    throw invalid('amount_usd', 'must be at most 100,000.00');
  }
  const fresh: TopUpRequest = {
    _id: derivedId('tur', [companyId, operationId]),
    company_id: companyId,
    amount_microusd: amountMicrousd,
    state: 'requested',
    requested_by: caller.actor,
    requested_at: ctx.now(),
    decided_by: null,
    decided_at: null,
    reason: null,
  };
  const request = await retryOnDuplicate(() => writeDown(ctx, fresh, caller));
  if (request.amount_microusd !== amountMicrousd) throw new AppError('idempotency_mismatch');
  const payment = paymentFor({ ctx });
  await payment.begin({ ctx, request });
  const begun = (await ctx.store.topUpRequests.find(request._id)) ?? request;
  return topUpView({ request: begun, payment });
}

async function writeDown(ctx: Context, fresh: TopUpRequest, caller: Caller): Promise<TopUpRequest> {
  const { _id, company_id: companyId, requested_at: at } = fresh;
  const { topUpRequests } = ctx.store;
  return ctx.store.transaction(async (session) => {
    const known = await topUpRequests.find(_id, session);
    if (known) return known;
    await requireCompany({ ctx, companyId, session });
    if ((await topUpRequests.countWaiting(companyId, session)) >= MAX_WAITING_TOP_UPS) {
      throw new AppError('top_ups_waiting');
    }
    await topUpRequests.insert(fresh, session);
    const action = 'wallet.top_up_requested';
    await recordChange({
      ctx,
      session,
      companyId,
      action,
      caller,
      entryId: `${_id}.requested`,
      reason: formatUsd(fresh.amount_microusd),
      at,
    });
    return fresh;
  });
}
