import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import { changeCompany } from '../companies/change-company';
import type { Completion } from '../idempotency/commit-change';

/**
 * Revokes a property of a company: from the next call on its id is unknown, as a credential and as
 * the place of new certificates. Its certificates stay; its id cannot be given again.
 * @param named the property's id, or its public reference
 * @returns the reference
 * @throws AppError company_not_found; property_not_found, also when it is revoked already
 */
export function revokeProperty({
  ctx,
  companyId,
  named,
  caller,
  completion,
}: {
  ctx: Context;
  companyId: string;
  named: string;
  caller: Caller;
  completion?: Completion<string> | undefined;
}): Promise<string> {
  const at = new Date();
  return changeCompany({
    ctx,
    companyId,
    caller,
    completion,
    entry: (ref) => ({ action: 'property.revoked', entryId: `property.revoked:${ref}`, at }),
    change: async (session) => {
      const ref = await ctx.store.credentials.revokeProperty(companyId, named, at, session);
      if (ref === null) throw new AppError('property_not_found');
      return ref;
    },
  });
}
