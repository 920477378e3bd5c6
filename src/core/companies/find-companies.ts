import type { Context } from '../../context';
import type { Company } from '../../store/companies';
import type { PageRequest } from '../../store/paging';

/** A page of companies whose id or name contains a text, in order of id. */
export async function findCompanies({
  ctx,
  text,
  page: { limit, cursor },
}: {
  ctx: Context;
  text: string;
  page: PageRequest;
}): Promise<{
  companies: Pick<Company, '_id' | 'name' | 'created_at'>[];
  next_cursor: string | null;
}> {
  const read = await ctx.store.companySearch.findByText(text, cursor ?? '', limit + 1);
  const companies = read.slice(0, limit);
  const next_cursor = read.length > limit ? (companies.at(-1)?._id ?? null) : null;
  return { companies, next_cursor };
}
