import { recordChange } from '../audit/record-change';
import type { Caller, Context } from '../../context';
import { AppError, invalid } from '../../errors';
import { newId } from '../../lib/random-ids';
import { retryOnDuplicate, type Session } from '../../store';

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
  const line = await ctx.store.ledger.find(id, session);
  if (!line) return null;
  const { company_id, amount_microusd, balance_after_microusd } = line;
  if (company_id !== companyId || amount_microusd !== amountMicrousd) {
    throw new AppError('idempotency_mismatch');
  }
  return { entry_id: id, balance_microusd: balance_after_microusd ?? 0 };
}

async function pay(request: TopUp, id: string, session: Session): Promise<TopUpResult> {
  const { ctx, companyId, amountMicrousd, caller } = request;
  const { ledger, wallets } = ctx.store;
  const wallet = await wallets.find(companyId, session);
  if (!wallet) throw new AppError('company_not_found');
  const balance = wallet.balance_microusd + amountMicrousd;
  if (!Number.isSafeInteger(balance)) throw invalid('amount_usd', 'is more than a wallet can hold');
  const at = new Date();
  const line = {
    _id: id,
    company_id: companyId,
    kind: 'top_up' as const,
    amount_microusd: amountMicrousd,
    at,
    certificate_id: null,
    actor: caller.actor,
    ip: caller.ip,
    balance_after_microusd: balance,
  };
  await ledger.append([line], session);
  const change = {
    company_id: companyId,
    balance_microusd: amountMicrousd,
    reserved_microusd: 0,
  };
  if ((await wallets.apply([change], session)) !== 1) throw new AppError('internal');
  const action = 'wallet.topped_up';
  await recordChange({ ctx, session, companyId, action, caller, entryId: id, at });
  return { entry_id: id, balance_microusd: balance };
}
