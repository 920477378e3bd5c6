import type { Context } from '../../context';
import { propertyView, type PropertyView } from './property-view';

/** The properties of a company without their ids, oldest first, at most 1,000. */
export async function listProperties({
  ctx,
  companyId,
}: {
  ctx: Context;
  companyId: string;
}): Promise<PropertyView[]> {
  return (await ctx.store.credentials.listProperties(companyId)).map(propertyView);
}
