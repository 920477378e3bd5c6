import type { Context } from '../../context';
import { holdView, type LegalHoldView } from './legal-hold-subject';
import { requireCompany } from '../companies/require-company';

/**
 * The legal holds that a company has now, newest first, at most 1,000.
 * @throws AppError company_not_found
 */
export async function listLegalHolds({
  ctx,
  companyId,
}: {
  ctx: Context;
  companyId: string;
}): Promise<LegalHoldView[]> {
  await requireCompany({ ctx, companyId });
  return (await ctx.store.accounts.listHolds(companyId)).map(holdView);
}
