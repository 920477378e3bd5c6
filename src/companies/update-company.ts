import { recordChange } from '../audit/record-change';
import type { Caller, Context } from '../context';
import { AppError } from '../errors';
import { commitChange } from './commit-change';
import { companyView, type CompanyView } from './company-view';
import { requireCompany } from './require-company';
import { type CompanyChange, mergeSettings } from './settings';

/**
 * Changes the settings given; the audit entry names them. They hold from the next call on, as
 * settings are never cached.
 * @throws AppError company_not_found
 */
export function updateCompany({
  ctx,
  companyId,
  caller,
  input,
}: {
  ctx: Context;
  companyId: string;
  caller: Caller;
  input: CompanyChange;
}): Promise<CompanyView> {
  return commitChange({
    ctx,
    change: async (session) => {
      // A change made at the same time conflicts with this one, which then starts anew.
      const { _id, created_at, ...now } = await requireCompany(ctx, companyId, session);
      const settings = mergeSettings(now, input);
      const updated = await ctx.store.companies.update(_id, settings, session);
      if (!updated) throw new AppError('company_not_found');
      const reason = `settings: ${Object.keys(input).sort().join(', ')}`;
      await recordChange({ ctx, session, companyId, action: 'company.updated', caller, reason });
      return companyView({ _id, created_at, ...settings });
    },
  });
}
