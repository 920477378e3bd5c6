import type { Context } from '../../context';
import { readWallet, type Wallet } from './read-wallet';

/** A wallet as it goes over the wire; amounts in µUSD. */
export interface WalletView extends Wallet {
  low_balance: boolean;
}

/**
 * Reads a company's wallet.
 * @throws AppError company_not_found
 */
export function getWallet({
  ctx,
  companyId,
}: {
  ctx: Context;
  companyId: string;
}): Promise<WalletView> {
  return ctx.store.snapshot(async (session) => {
    const wallet = await readWallet({ ctx, companyId, session });
    const proof = await ctx.store.walletProofs.find(companyId, session);
    return { ...wallet, low_balance: proof?.low_balance ?? false };
  });
}
