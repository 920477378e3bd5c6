import type { Context } from '../../context';
import { requireCompany } from '../companies/require-company';
import { propertyView, type PropertyView } from './property-view';

/**
 * The properties of a company without their ids, oldest first, at most 1,000.
 * @throws AppError company_not_found
 */
export async function listProperties({
  ctx,
  companyId,
}: {
  ctx: Context;
  companyId: string;
}): Promise<PropertyView[]> {
  await requireCompany({ ctx, companyId });
  return (await ctx.store.credentials.listProperties(companyId)).map(propertyView);
}
