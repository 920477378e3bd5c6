import type { Context } from '../../context';
import type { Session } from '../../store';
import { moveMoney } from './move-money';

/**
 * Reserves a fee in a company's wallet, in the transaction that records what it pays for.
 * @param feeMicrousd zero or more
 * @throws AppError insufficient_balance, company_not_found
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
  await moveMoney({ ctx, companyId, lines: [], reservedMicrousd: feeMicrousd, session });
}
