import type { Context } from '../../context';
import { AppError } from '../../errors';
import type { Session } from '../../store';

/**
 * Reserves a fee in a company's wallet, in the transaction that records what it pays for.
 * @param feeMicrousd zero or more
 * @throws AppError insufficient_balance
 */
export async function reserveFee({
  ctx,
  companyId,
  feeMicrousd,
  session,
}: {
  ctx: Context;
  companyId: string;
  feeMicrousd: number;
  session: Session;
}): Promise<void> {
  const change = { company_id: companyId, balance_microusd: 0, reserved_microusd: feeMicrousd };
  if ((await ctx.store.wallets.apply([change], session)) !== 1) {
    throw new AppError('insufficient_balance');
  }
}
