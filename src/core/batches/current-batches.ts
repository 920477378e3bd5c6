import type { Context } from '../../context';
import { batchView, type BatchView } from './batch-view';

const MAX_BATCHES = 5;

/** What a company looks for first: revocations with work left, then the newest, at most five. */
export async function currentBatches({
  ctx,
  companyId,
  now = ctx.now(),
}: {
  ctx: Context;
  companyId: string;
  now?: Date;
}): Promise<BatchView[]> {
  const [open, newest] = await Promise.all([
    ctx.store.batches.openOf(companyId, 'revocations', MAX_BATCHES),
    ctx.store.batches.list(companyId, 'revocations', { limit: MAX_BATCHES }),
  ]);
  const isOpen = new Set(open.map(({ _id }) => _id));
  const others = newest.items.filter(({ _id }) => !isOpen.has(_id));
  return [...open, ...others].slice(0, MAX_BATCHES).map((batch) => batchView(batch, now));
}
