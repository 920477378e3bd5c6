import type { Context } from '../../context';
import type { Batch } from '../../store/batches';

const STUCK_AFTER_MS = 5 * 60_000;
const MAX = 100;

/** Batches of all companies: failed ones, and open ones that no worker has held for 5 minutes. */
export async function listTroubledBatches({
  ctx,
  now = new Date(),
}: {
  ctx: Context;
  now?: Date;
}): Promise<{ failed: Batch[]; stuck: Batch[] }> {
  const before = new Date(now.getTime() - STUCK_AFTER_MS);
  const [failed, stuck] = await Promise.all([
    ctx.store.troubledBatches.findFailed(MAX),
    ctx.store.troubledBatches.findStuck(before, MAX),
  ]);
  return { failed, stuck };
}
