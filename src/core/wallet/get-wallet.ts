import type { Context } from '../../context';
import { AppError } from '../../errors';

/** A wallet as it goes over the wire; amounts in µUSD. */
export interface WalletView {
  /** The sum of the ledger's lines. */
  balance_microusd: number;
  /** Reserved for work in progress. */
  reserved_microusd: number;
  /** What can still be spent: balance minus reserved. */
  available_microusd: number;
  low_balance: boolean;
}

/**
 * Reads a company's wallet.
 * @throws AppError company_not_found
 */
export async function getWallet({
  ctx,
  companyId,
}: {
  ctx: Context;
  companyId: string;
}): Promise<WalletView> {
  const wallet = await ctx.store.wallets.find(companyId);
  if (!wallet) throw new AppError('company_not_found');
  const { balance_microusd, reserved_microusd, low_balance } = wallet;
  return {
    balance_microusd,
    reserved_microusd,
    available_microusd: balance_microusd - reserved_microusd,
    low_balance,
  };
}
