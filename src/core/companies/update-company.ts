import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import { untilListenedTo } from '../webhooks/listening';
import { changeCompany } from './change-company';
import { companyView, type CompanyView } from './company-view';
import { type CompanyChange, mergeSettings } from './settings';

/**
 * Changes the settings given; the audit entry names them. They apply from the next call on, as
 * settings are never cached.
 * @throws AppError company_not_found
 */
export async function updateCompany({
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
  const reason = `settings: ${Object.keys(input).sort().join(', ')}`;
  const view = await changeCompany({
    ctx,
    companyId,
    caller,
    entry: { action: 'company.updated', reason },
    // A simultaneous change conflicts with this one, which then retries.
    change: async (session, { _id, created_at, ...now }) => {
      const settings = mergeSettings(now, input);
      const updated = await ctx.store.companies.update(_id, settings, session);
      if (!updated) throw new AppError('company_not_found');
      return companyView({ _id, created_at, ...settings });
    },
  });
  // What third parties check from now on, they are told of.
  if (input.authorized_third_parties ?? input.third_party_verification_enabled)
    await untilListenedTo();
  return view;
}
