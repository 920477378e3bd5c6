import { recordChange } from '../audit/record-change';
import type { Caller, Context } from '../../context';
import { AppError, invalid } from '../../errors';
import { newId } from '../../lib/random-ids';
import { formatUsd } from '../../lib/usd';
import { retryOnDuplicate, type Session } from '../../store';
import type { PageLine } from '../../store/ledger-pages';
import { moveMoney } from './move-money';
import type { Wallet } from './read-wallet';

export interface TopUpResult {
  /** The key of the ledger line. */
  entry_id: string;
  /** µUSD right after this top-up. */
  balance_microusd: number;
}

export interface TopUp {
  ctx: Context;
  companyId: string;
  /** Whole µUSD above 0. */
  amountMicrousd: number;
  caller: Caller;
  /** Identifies the payment: a repeat adds nothing and returns the first result. */
  operationId?: string | undefined;
  /** Runs in the same transaction, for writes that must commit together with the money. */
  completion?: ((session: Session, result: TopUpResult) => Promise<void>) | undefined;
}

/**
 * Adds money to a company's wallet: ledger line, balance and audit entry in one transaction.
 * @throws AppError company_not_found; invalid_request for an amount that is not whole, not above 0,
 * or would take the balance past 2^53; idempotency_mismatch for another payment's operation id
 */
export async function topUp(request: TopUp): Promise<TopUpResult> {
  const { ctx, amountMicrousd, completion } = request;
  if (!Number.isSafeInteger(amountMicrousd) || amountMicrousd <= 0) {
    throw invalid('amount_usd', 'must be above 0 and not too large');
  }
  const id = `topup:${request.operationId ?? newId('op')}`;
  const result = await retryOnDuplicate(() =>
    ctx.store.transaction(async (session) => {
      const paid = (await findPaid(request, id, session)) ?? (await pay(request, id, session));
      await completion?.(session, paid);
      return paid;
    }),
  );
  await ctx.reach('wallet.topped_up');
  return result;
}

async function findPaid(
  { ctx, companyId, amountMicrousd, operationId }: TopUp,
  id: string,
  session: Session,
): Promise<TopUpResult | null> {
  if (operationId === undefined) return null;
  const { ledgerPages, ledgerLines } = ctx.store;
  const page = await ledgerPages.findByKey(id, session);
  const former = page ? null : await ledgerLines.find(id, session);
  const paid = page?.lines.find((line) => line.keys?.includes(id)) ?? former;
  if (!paid) return null;
  const owner = page?.company_id ?? former?.company_id;
  if (owner !== companyId || paid.amount_microusd !== amountMicrousd) {
    throw new AppError('idempotency_mismatch');
  }
  return { entry_id: id, balance_microusd: paid.balance_after_microusd ?? 0 };
}

async function pay(request: TopUp, id: string, session: Session): Promise<TopUpResult> {
  const { ctx, companyId, amountMicrousd, caller } = request;
  let balance = 0;
  const lineAfter = (before: Wallet): PageLine => {
    balance = before.balance_microusd + amountMicrousd;
    if (!Number.isSafeInteger(balance)) {
      throw invalid('amount_usd', 'is more than a wallet can hold');
    }
    return {
      kind: 'top_up',
      amount_microusd: amountMicrousd,
      actor: caller.actor,
      ip: caller.ip,
      certificate_refs: [null],
      keys: [id],
      balance_after_microusd: balance,
    };
  };
  await moveMoney({ ctx, companyId, lines: (before) => [lineAfter(before)], session });
  const action = 'wallet.topped_up';
  const at = ctx.now();
  const reason = formatUsd(amountMicrousd);
  await recordChange({ ctx, session, companyId, action, caller, entryId: id, reason, at });
  return { entry_id: id, balance_microusd: balance };
}
