import type { Context } from '../../context';
import type { PageRequest } from '../../store/paging';
import type { CompanyView } from './company-view';

/** A company as a line of the search. */
export type FoundCompany = Pick<CompanyView, 'company_id' | 'name' | 'created_at'>;

/** A page of companies whose id or name contains a text, in order of id. */
export async function findCompanies({
  ctx,
  text,
  page: { limit, cursor },
}: {
  ctx: Context;
  text: string;
  page: PageRequest;
}): Promise<{ companies: FoundCompany[]; next_cursor: string | null }> {
  const read = await ctx.store.companySearch.findByText(text, cursor ?? '', limit + 1);
  const found = read.slice(0, limit);
  return {
    companies: found.map(({ _id, name, created_at }) => ({
      company_id: _id,
      name,
      created_at: created_at.toISOString(),
    })),
    next_cursor: read.length > limit ? (found.at(-1)?._id ?? null) : null,
  };
}
