import { recordChange } from '../audit/record-change';
import type { Caller, Context } from '../../context';
import { newId } from '../../lib/random-ids';
import { type Completion, commitChange } from '../idempotency/commit-change';
import { companyView, type CompanyView } from './company-view';
import { DEFAULT_SETTINGS, mergeSettings, type NewCompany } from './settings';

/**
 * Creates a company and its empty wallet.
 * @throws AppError already_exists when the id given is taken
 */
export function createCompany({
  ctx,
  caller,
  input,
  completion,
}: {
  ctx: Context;
  caller: Caller;
  input: NewCompany;
  completion?: Completion<CompanyView> | undefined;
}): Promise<CompanyView> {
  const { company_id: id = newId('comp'), name, ...given } = input;
  const settings = mergeSettings({ name, ...DEFAULT_SETTINGS }, given);
  const company = { _id: id, ...settings, created_at: ctx.now() };
  return commitChange({
    ctx,
    completion,
    change: async (session) => {
      await ctx.store.companies.insert(company, session);
      await ctx.store.ledgerPages.open(id, company.created_at, session);
      const entryId = `company.created:${id}`;
      await recordChange({
        ctx,
        session,
        companyId: id,
        action: 'company.created',
        caller,
        entryId,
      });
      return companyView(company);
    },
  });
}
