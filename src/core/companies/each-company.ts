import type { Context } from '../../context';
import type { Company } from '../../store/companies';

const PAGE_SIZE = 100;

/**
 * Every company in order of id, read in pages.
 * @param after begins with the first one whose id is greater
 * @throws the signal's reason as soon as it is aborted
 */
export async function* eachCompany({
  ctx,
  signal,
  after: start = '',
}: {
  ctx: Context;
  signal: AbortSignal;
  after?: string;
}): AsyncGenerator<Company> {
  for (let after = start; ;) {
    const ids = await ctx.store.companies.idsAfter(after, PAGE_SIZE);
    const found = new Map((await ctx.store.companies.findMany(ids)).map((one) => [one._id, one]));
    for (const id of ids) {
      signal.throwIfAborted();
      const company = found.get(id);
      if (company) yield company;
    }
    if (ids.length < PAGE_SIZE) return;
    after = ids.at(-1) ?? after;
  }
}
