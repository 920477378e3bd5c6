import type { Context } from '../../context';
import { AppError } from '../../errors';

/** A wallet and the sum of the ledger lines that must explain it; amounts in µUSD. */
export interface WalletProof {
  balance_microusd: number;
  reserved_microusd: number;
  entries_sum_microusd: number;
}

/**
 * Reads a company's wallet and sums its ledger in one snapshot.
 * @throws AppError company_not_found
 */
export function proveWallet({
  ctx,
  companyId,
}: {
  ctx: Context;
  companyId: string;
}): Promise<WalletProof> {
  return ctx.store.snapshot(async (session) => {
    const wallet = await ctx.store.wallets.find(companyId, session);
    if (!wallet) throw new AppError('company_not_found');
    return {
      balance_microusd: wallet.balance_microusd,
      reserved_microusd: wallet.reserved_microusd,
      entries_sum_microusd: await ctx.store.ledger.sum(companyId, null, session),
    };
  });
}
