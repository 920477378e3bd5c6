import type { Context } from '../../context';
import { AppError } from '../../errors';
import type { Session } from '../../store';
import type { Company } from '../../store/companies';

/**
 * The company with this id, as the transaction sees it.
 * @throws AppError company_not_found
 */
export async function requireCompany({
  ctx,
  companyId,
  session,
}: {
  ctx: Context;
  companyId: string;
  session?: Session | undefined;
}): Promise<Company> {
  const [company] = await ctx.store.companies.findMany([companyId], session);
  if (!company) throw new AppError('company_not_found');
  return company;
}
