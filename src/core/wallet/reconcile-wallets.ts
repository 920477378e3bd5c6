import type { Context } from '../../context';
import { AppError } from '../../errors';
import { isUnavailable, type Session } from '../../store';
import type { Company } from '../../store/companies';
import { errorForLog } from '../../telemetry/logger';
import { eachCompany } from '../companies/each-company';
import { type Held, underLease } from '../leases/under-lease';
import { convertWallet } from './convert-wallets';
import { type Followed, followPages, NOTHING_PROVED } from './follow-pages';
import { sumOfLanes } from './lanes';
import { tellOfLowBalance } from './tell-of-low-balance';

const MAX_UNPROVED = 3;
/** Whoever takes over repeats no more than these. */
const COMPANIES_PER_CURSOR = 50;

/** `under_way`: another process is at it. */
export type Reconciled = 'done' | 'drifting' | 'under_way';

/** What a company's wallet was found to be; `more` is what its open reservations come to, in µUSD. */
type Proof = Followed & { more: number };

/**
 * Proves for every company that its pages follow from each other, that balance and reservations equal
 * the sums behind them, raises or lowers the low-balance flags, and tells of a balance that has fallen.
 * A difference raises an alarm; it is never repaired here. Wallets that are not converted yet are.
 * Begins where the last call was stopped.
 * @throws AppError unavailable when wallets could not be proved
 */
export async function reconcileWallets({
  ctx,
  signal,
}: {
  ctx: Context;
  signal: AbortSignal;
}): Promise<Reconciled> {
  const work = (held: Held) => reconcileAll(ctx, held);
  const name = 'reconcile-wallets';
  return (await underLease({ ctx, name, signal, work })) ?? 'under_way';
}

async function reconcileAll(
  ctx: Context,
  { signal, cursor, saveCursor }: Held,
): Promise<'done' | 'drifting'> {
  let seen = 0;
  let unproved = 0;
  let last = cursor;
  try {
    for await (const company of eachCompany({ ctx, signal, after: cursor ?? '' })) {
      last = company._id;
      if (!(await isProved(ctx, company)) && ++unproved === MAX_UNPROVED) {
        throw new AppError('unavailable');
      }
      if (++seen % COMPANIES_PER_CURSOR === 0) await saveCursor(last);
    }
  } catch (error) {
    // So that what cannot be proved now does not keep what follows from ever being proved.
    if (!signal.aborted) await saveCursor(last);
    throw error;
  }
  await saveCursor(null);
  const drifting = await ctx.store.walletProofs.countDrifting();
  ctx.metrics.walletsDrifting.set(drifting);
  if (unproved > 0) throw new AppError('unavailable');
  return drifting > 0 ? 'drifting' : 'done';
}

/** False where MongoDB did not answer in time: it may for the next one. */
async function isProved(ctx: Context, company: Company): Promise<boolean> {
  try {
    await reconcile(ctx, company);
    return true;
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    const fields = { company: company._id, error: errorForLog(error) };
    ctx.log.error(fields, 'wallet could not be proved');
    return false;
  }
}

async function reconcile(ctx: Context, company: Company): Promise<void> {
  const reconciled_at = ctx.now();
  const latest = await ctx.store.walletProofs.find(company._id);
  const proof = await prove(ctx, company._id, latest?.proved ?? null);
  if (!proof) return;
  const { balance_microusd, reserved_microusd } = sumOfLanes(proof.proved.heads);
  const drift = proof.driftMicrousd;
  const reservedDrift = reserved_microusd - proof.more;
  const isSound = isFaultless(proof);
  const availableMicrousd = balance_microusd - reserved_microusd;
  const found = {
    _id: company._id,
    low_balance: availableMicrousd < company.low_balance_microusd,
    drift_microusd: drift,
    broken_page: proof.brokenPage,
    reserved_drift_microusd: reservedDrift,
    reconciled_at,
    // A fault is found again until it is gone.
    proved: isSound ? proof.proved : NOTHING_PROVED,
  };
  const hasFallen = found.low_balance && latest?.low_balance === false;
  if (hasFallen) await tellOfLowBalance({ ctx, company, proof: found, availableMicrousd });
  else await ctx.store.walletProofs.save(found);
  if (isSound && reservedDrift === 0) return;
  const fault = { drift, reserved_drift: reservedDrift, broken_page: proof.brokenPage };
  ctx.log.error({ company: company._id, ...fault }, 'wallet drifts');
}

function isFaultless({ driftMicrousd, brokenPage }: Proof): boolean {
  return driftMicrousd === 0 && brokenPage === null;
}

/** Starts from the latest proof; follows all pages only where that shows a fault. */
async function prove(
  ctx: Context,
  companyId: string,
  latest: Followed['proved'] | null,
): Promise<Proof | null> {
  const atEnd = (session: Session) => sumReserved(ctx, companyId, session);
  const follow = (from: Followed['proved']) => followPages({ ctx, companyId, from, atEnd });
  try {
    const quick = await follow(latest ?? NOTHING_PROVED);
    if (!latest || isFaultless(quick)) return quick;
    const whole = await follow(NOTHING_PROVED);
    if (isFaultless(whole)) ctx.log.error({ company: companyId }, 'proof differs from its pages');
    return whole;
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'company_not_found') throw error;
    // A process of the release before has made it since the release step converted the others.
    return (await convertWallet({ ctx, companyId })) ? prove(ctx, companyId, null) : null;
  }
}

async function sumReserved(ctx: Context, companyId: string, session: Session): Promise<number> {
  const { retentions, consentRevocations, batches } = ctx.store;
  return (
    (await retentions.sumReserved(companyId, session)) +
    (await consentRevocations.sumReserved(companyId, session)) +
    (await batches.sumReserved(companyId, session))
  );
}
