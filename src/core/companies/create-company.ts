import { recordChange } from '../audit/record-change';
import type { Caller, Context } from '../../context';
import { type Completion, commitChange } from '../idempotency/commit-change';
import { madeByForm, minting } from '../idempotency/made-by-form';
import { companyView, type CompanyView } from './company-view';
import { DEFAULT_SETTINGS, mergeSettings, type NewCompany } from './settings';

/**
 * Creates a company and its empty wallet.
 * @param operationId names the form it was asked for with: a repeat gets the same company for 10 minutes
 * @throws AppError already_exists when the id given is taken
 */
export function createCompany({
  ctx,
  caller,
  input,
  operationId,
  completion,
}: {
  ctx: Context;
  caller: Caller;
  input: NewCompany;
  operationId?: string | undefined;
  completion?: Completion<CompanyView> | undefined;
}): Promise<CompanyView> {
  const { company_id, name, ...given } = input;
  const id = company_id ?? minting({ ctx, companyId: '', operationId, input }).id('comp');
  const settings = mergeSettings({ name, ...DEFAULT_SETTINGS }, given);
  const made = (created_at: Date) => ({ _id: id, ...settings, created_at });
  const make = () =>
    commitChange({
      ctx,
      completion,
      change: async (session) => {
        const company = made(ctx.now());
        await ctx.store.companies.insert(company, session);
        await ctx.store.ledgerPages.open(id, company.created_at, session);
        const entryId = `company.created:${id}`;
        const action = 'company.created';
        await recordChange({ ctx, session, companyId: id, action, caller, entryId });
        return companyView(company);
      },
    });
  const findMade = async () => {
    const found = await ctx.store.companies.find(id);
    // Of another name it is somebody else's, who was given the same id.
    return found?.name === name ? found.created_at : null;
  };
  const again = (createdAt: Date) => companyView(made(createdAt));
  return madeByForm({ ctx, operationId, make, findMade, again });
}
