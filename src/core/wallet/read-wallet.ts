import type { Context } from '../../context';
import { AppError } from '../../errors';
import type { Session } from '../../store';
import { LANES } from '../../store/ledger-pages';
import { sumOfLanes } from './lanes';

/** A wallet's amounts, in µUSD. */
export interface Wallet {
  /** The sum of the ledger's movements. */
  balance_microusd: number;
  /** Reserved for work in progress. */
  reserved_microusd: number;
  /** What can still be spent: balance minus reserved. */
  available_microusd: number;
}

/**
 * Reads a wallet: the newest pages of its lanes, which are of one moment in a transaction only.
 * @throws AppError company_not_found
 */
export async function readWallet({
  ctx,
  companyId,
  session,
}: {
  ctx: Context;
  companyId: string;
  session: Session;
}): Promise<Wallet> {
  const heads = (await ctx.store.ledgerPages.heads([companyId], LANES, session)).get(companyId);
  if (!heads) throw new AppError('company_not_found');
  return sumOfLanes(heads);
}
