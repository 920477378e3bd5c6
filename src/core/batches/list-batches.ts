import type { Context } from '../../context';
import type { PageRequest } from '../../store/paging';
import { batchView, type BatchView } from './batch-view';

/**
 * A page of a company's batches that revoke, newest first.
 * @throws AppError invalid_request naming `cursor`
 */
export async function listBatches({
  ctx,
  companyId,
  ...page
}: { ctx: Context; companyId: string } & PageRequest): Promise<{
  batches: BatchView[];
  next_cursor: string | null;
}> {
  const { items, next_cursor } = await ctx.store.batches.list(companyId, 'revocations', page);
  return { batches: items.map((batch) => batchView(batch, ctx.now())), next_cursor };
}
