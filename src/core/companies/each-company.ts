import type { Context } from '../../context';
import type { Company } from '../../store/companies';

const PAGE_SIZE = 100;

/**
 * Every company in order of id, read in pages.
 * @throws the signal's reason as soon as it is aborted
 */
export async function* eachCompany({
  ctx,
  signal,
}: {
  ctx: Context;
  signal: AbortSignal;
}): AsyncGenerator<Company> {
  for (let after = ''; ;) {
    const ids = await ctx.store.companies.idsAfter(after, PAGE_SIZE);
    for (const company of await ctx.store.companies.findMany(ids)) {
      signal.throwIfAborted();
      yield company;
    }
    if (ids.length < PAGE_SIZE) return;
    after = ids.at(-1) ?? after;
  }
}
