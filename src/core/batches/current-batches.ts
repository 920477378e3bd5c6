import type { Context } from '../../context';
import type { BatchKind } from '../../store/batch-kinds';
import type { Batch } from '../../store/batches';
import { batchView, type BatchView } from './batch-view';

const MAX_BATCHES = 5;

/** A batch, and what is done with its rows. */
export type CurrentBatch = BatchView & { kind: BatchKind };

/**
 * What a company looks for first: revocations and scrubs with work left, then the newest revocations, at
 * most five.
 */
export async function currentBatches({
  ctx,
  companyId,
  now = ctx.now(),
}: {
  ctx: Context;
  companyId: string;
  now?: Date;
}): Promise<CurrentBatch[]> {
  const { batches } = ctx.store;
  const [open, scrubs, newest] = await Promise.all([
    batches.openOf(companyId, 'revocations', MAX_BATCHES),
    batches.openOf(companyId, 'scrubs', MAX_BATCHES),
    batches.list(companyId, 'revocations', { limit: MAX_BATCHES }),
  ]);
  const underWay = [...open, ...scrubs].sort(byRequest);
  const isOpen = new Set(open.map(({ _id }) => _id));
  const others = newest.items.filter(({ _id }) => !isOpen.has(_id));
  return [...underWay, ...others]
    .slice(0, MAX_BATCHES)
    .map((batch) => ({ ...batchView(batch, now), kind: batch.kind ?? 'revocations' }));
}

/** The newest first, as the store has those of each kind. */
function byRequest(a: Batch, b: Batch): number {
  return b.requested_at.getTime() - a.requested_at.getTime();
}
