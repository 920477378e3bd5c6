import type { Context } from '../../context';
import { errorForLog } from '../../telemetry/logger';
import { HOUR_MS } from '../../lib/durations';

/** Twice as long as an upload may take. */
const ORPHANED_AFTER_MS = 2 * HOUR_MS;
const ORPHANS_PER_PAGE = 100;

/**
 * Removes a file that did not become a batch, and then its record. Never throws: what cannot be
 * removed now is left to the sweeper.
 */
export async function discardUpload({
  ctx,
  batchId,
}: {
  ctx: Context;
  batchId: string;
}): Promise<void> {
  try {
    await remove(ctx, batchId);
  } catch (error) {
    ctx.log.warn({ batch_id: batchId, error: errorForLog(error) }, 'upload left to the sweeper');
  }
}

/**
 * Removes unfinished uploads that processes left when they died.
 * @returns how many it removed
 * @throws what MongoDB throws
 */
export async function sweepOrphanedUploads({
  ctx,
  now,
}: {
  ctx: Context;
  now: Date;
}): Promise<number> {
  const before = new Date(now.getTime() - ORPHANED_AFTER_MS);
  for (let swept = 0; ;) {
    const orphans = await ctx.store.batches.findReceiving(before, ORPHANS_PER_PAGE);
    for (const { _id } of orphans) await remove(ctx, _id);
    swept += orphans.length;
    if (orphans.length < ORPHANS_PER_PAGE) return swept;
  }
}

async function remove({ store }: Context, batchId: string): Promise<void> {
  // An acceptance that seemed to fail may have happened all the same, or may still happen.
  if (!(await store.batches.beginDiscarding(batchId))) return;
  await store.uploads.delete(batchId);
  await store.batches.deleteDiscarded(batchId);
}
