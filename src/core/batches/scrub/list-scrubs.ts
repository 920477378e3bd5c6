import type { Context } from '../../../context';
import type { PageRequest } from '../../../store/paging';
import { scrubView, type ScrubView } from './scrub-view';

/**
 * A page of a company's scrubs, newest first.
 * @throws AppError invalid_request naming `cursor`
 */
export async function listScrubs({
  ctx,
  companyId,
  ...page
}: { ctx: Context; companyId: string } & PageRequest): Promise<{
  scrubs: ScrubView[];
  next_cursor: string | null;
}> {
  const { items, next_cursor } = await ctx.store.batches.list(companyId, 'scrubs', page);
  return { scrubs: items.map((batch) => scrubView(batch, ctx.now())), next_cursor };
}
