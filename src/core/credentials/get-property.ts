import type { Context } from '../../context';
import { AppError } from '../../errors';
import { propertyView, type PropertyWithId } from './property-view';

/**
 * One property of a company, with its id: a password, which only admins may be shown.
 * @throws AppError property_not_found, also for another company's
 */
export async function getProperty({
  ctx,
  companyId,
  propertyRef,
}: {
  ctx: Context;
  companyId: string;
  propertyRef: string;
}): Promise<PropertyWithId> {
  const property = await ctx.store.credentials.findPropertyByRef(companyId, propertyRef);
  if (!property) throw new AppError('property_not_found');
  return { ...propertyView(property), property_id: property.property_id };
}
