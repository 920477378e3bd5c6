import type { Context } from '../../context';
import type { Company } from '../../store/companies';

const PAGE_SIZE = 100;

/** Companies in order of id. */
interface Asked {
  ctx: Context;
  signal: AbortSignal;
  /** Begins with the first one whose id is greater. */
  after?: string;
}

/**
 * Every company in order of id, read in pages.
 * @throws the signal's reason as soon as it is aborted
 */
export async function* eachCompany(asked: Asked): AsyncGenerator<Company> {
  for await (const page of companyPages(asked)) {
    for (const company of page) {
      asked.signal.throwIfAborted();
      yield company;
    }
  }
}

/** The same in pages of up to a hundred. */
export async function* companyPages({
  ctx,
  signal,
  after: start = '',
}: Asked): AsyncGenerator<Company[]> {
  for (let after = start; ;) {
    signal.throwIfAborted();
    const ids = await ctx.store.companies.idsAfter(after, PAGE_SIZE);
    const found = new Map((await ctx.store.companies.findMany(ids)).map((one) => [one._id, one]));
    yield ids.flatMap((id) => found.get(id) ?? []);
    if (ids.length < PAGE_SIZE) return;
    after = ids.at(-1) ?? after;
  }
}
