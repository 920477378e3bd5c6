import type { Context } from '../../context';
import type { PageRequest } from '../../store/paging';
import { companyView, type CompanyView } from './company-view';

/** A page of all companies in order of id; the cursor is the last id of the previous page. */
export async function listCompanies({
  ctx,
  page,
}: {
  ctx: Context;
  page: PageRequest;
}): Promise<{ companies: CompanyView[]; next_cursor: string | null }> {
  const read = await ctx.store.companies.idsAfter(page.cursor ?? '', page.limit + 1);
  const ids = read.slice(0, page.limit);
  const found = await ctx.store.companies.findMany(ids);
  const byId = new Map(found.map((company) => [company._id, company]));
  return {
    companies: ids.flatMap((id) => {
      const company = byId.get(id);
      return company ? [companyView(company)] : [];
    }),
    next_cursor: read.length > page.limit ? (ids.at(-1) ?? null) : null,
  };
}
