import type { Context } from '../../context';
import { companyView, type CompanyView } from './company-view';
import { requireCompany } from './require-company';

/**
 * A company and its settings.
 * @throws AppError company_not_found
 */
export async function getCompany({
  ctx,
  companyId,
}: {
  ctx: Context;
  companyId: string;
}): Promise<CompanyView> {
  return companyView(await requireCompany({ ctx, companyId }));
}
