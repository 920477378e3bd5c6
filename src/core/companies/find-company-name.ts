import type { Context } from '../../context';

/** What anybody may know of a company. */
export interface CompanyName {
  company_id: string;
  name: string;
}

/** The name of a company, for visitors who are not signed in; null: there is none of this id. */
export async function findCompanyName({
  ctx,
  companyId,
}: {
  ctx: Context;
  companyId: string;
}): Promise<CompanyName | null> {
  const company = await ctx.store.companies.find(companyId);
  return company && { company_id: company._id, name: company.name };
}
