import type { Context } from '../../context';
import { AppError } from '../../errors';
import { isUnavailable } from '../../store';
import type { Company } from '../../store/companies';
import type { Wallet } from '../../store/wallets';
import { errorForLog } from '../../telemetry/logger';
import { eachCompany } from '../companies/each-company';
import { startOfNextDay } from './utc-day';

const MAX_UNPROVED = 3;

/** A wallet and how far it is off, from one snapshot; amounts in µUSD. */
interface Proof {
  wallet: Wallet;
  drift: number;
  reserved_drift: number;
}

/**
 * Proves for every company that balance and reservations equal the sums behind them, and raises or
 * lowers the low-balance flags. A difference raises an alarm; it is never repaired here.
 * @throws AppError unavailable when wallets could not be proved
 */
export async function reconcileWallets({
  ctx,
  signal,
}: {
  ctx: Context;
  signal: AbortSignal;
}): Promise<'done' | 'drifting'> {
  let drifting = 0;
  let unproved = 0;
  for await (const company of eachCompany({ ctx, signal })) {
    try {
      if (await reconcile(ctx, company)) drifting++;
    } catch (error) {
      // A ledger too long to sum in time must not keep the others from being proved.
      if (!isUnavailable(error) || ++unproved === MAX_UNPROVED) throw error;
      ctx.log.error(
        { company: company._id, error: errorForLog(error) },
        'wallet could not be proved',
      );
    }
  }
  ctx.metrics.walletsDrifting.set(drifting);
  if (unproved > 0) throw new AppError('unavailable');
  return drifting > 0 ? 'drifting' : 'done';
}

/** True when the wallet drifts. */
async function reconcile(ctx: Context, company: Company): Promise<boolean> {
  const proof = await prove(ctx, company._id);
  if (!proof) return false;
  const { wallet, drift, reserved_drift } = proof;
  const available = wallet.balance_microusd - wallet.reserved_microusd;
  await ctx.store.wallets.setFlags(company._id, {
    low_balance: available < company.low_balance_microusd,
    drift_microusd: drift,
    reserved_drift_microusd: reserved_drift,
    reconciled_at: new Date(),
  });
  const drifts = drift !== 0 || reserved_drift !== 0;
  if (drifts) ctx.log.error({ company: company._id, drift, reserved_drift }, 'wallet drifts');
  return drifts;
}

/** Starts from the latest statement; sums the whole ledger only where that shows a drift. */
async function prove(ctx: Context, companyId: string): Promise<Proof | null> {
  const statement = await ctx.store.statements.latest(companyId);
  if (!statement) return compare(ctx, companyId, 0, null);
  const from = startOfNextDay(statement.day);
  const quick = await compare(ctx, companyId, statement.closing_microusd, from);
  if (!quick || quick.drift === 0) return quick;
  const whole = await compare(ctx, companyId, 0, null);
  if (whole?.drift === 0) {
    ctx.log.error({ company: companyId, day: statement.day }, 'statement differs from its ledger');
  }
  return whole;
}

function compare(
  ctx: Context,
  companyId: string,
  opening: number,
  from: Date | null,
): Promise<Proof | null> {
  const { wallets, ledger, retentions, consentRevocations } = ctx.store;
  return ctx.store.snapshot(async (session) => {
    const wallet = await wallets.find(companyId, session);
    if (!wallet) return null;
    const lines = await ledger.sum(companyId, from, session);
    const reserved =
      (await retentions.sumReserved(companyId, session)) +
      (await consentRevocations.sumReserved(companyId, session));
    return {
      wallet,
      drift: wallet.balance_microusd - opening - lines,
      reserved_drift: wallet.reserved_microusd - reserved,
    };
  });
}
