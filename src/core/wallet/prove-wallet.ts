import type { Context } from '../../context';
import { followPages, NOTHING_PROVED } from './follow-pages';
import { sumOfLanes } from './lanes';

/** A wallet and the sum of the ledger's movements that must explain it; amounts in µUSD. */
export interface WalletProof {
  balance_microusd: number;
  reserved_microusd: number;
  entries_sum_microusd: number;
}

/**
 * Reads a company's wallet and what its ledger comes to, of one moment: follows the pages from where
 * the latest proof ended.
 * @throws AppError company_not_found
 */
export async function proveWallet({
  ctx,
  companyId,
}: {
  ctx: Context;
  companyId: string;
}): Promise<WalletProof> {
  const latest = await ctx.store.walletProofs.find(companyId);
  const from = latest?.proved ?? NOTHING_PROVED;
  const { proved } = await followPages({ ctx, companyId, from, atEnd: () => Promise.resolve() });
  const { balance_microusd, reserved_microusd } = sumOfLanes(proved.heads);
  return { balance_microusd, reserved_microusd, entries_sum_microusd: proved.entries_sum_microusd };
}
