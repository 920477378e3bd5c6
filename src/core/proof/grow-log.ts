import type { Context } from '../../context';
import { pause } from '../../lib/pause';
import type { LogHead } from '../../store/proof-log';
import { type Region, REGIONS } from '../../store/regions';
import { underLease } from '../leases/under-lease';
import { appendPending, LogChanged } from './append-pending';
import { openLog } from './open-log';
import { publishCheckpoint } from './publish-checkpoint';

/** Each has a log. */
export const LOG_REGIONS = REGIONS;

/** Often enough that a receipt can be had within 2 s. */
const LOOK_EVERY_MS = 500;

/**
 * Appends to a region's log what is recorded, and publishes its checkpoints, for as long as this
 * process has the lease; another one takes over when it ends or dies.
 * @returns when the signal is aborted or the lease is lost, or at once when another process has it
 */
export async function growLog({
  ctx,
  region,
  signal,
}: {
  ctx: Context;
  region: Region;
  signal: AbortSignal;
}): Promise<void> {
  await underLease({
    ctx,
    name: `log:${region}`,
    signal,
    work: async ({ signal: held }) => {
      const { _id } = await openLog({ ctx, region });
      let head: LogHead = await ctx.store.regions[region].proofLog.takeOver(_id);
      while (!held.aborted) {
        const next = await growOnce({ ctx, region, head });
        if (next === null) return;
        head = next.head;
        if (!next.isMore) await pause(LOOK_EVERY_MS, held);
      }
    },
  });
}

/**
 * Appends what is recorded, and publishes a checkpoint if there is none of what is there.
 * @returns null when another process has the log
 */
export async function growOnce({
  ctx,
  region,
  head,
}: {
  ctx: Context;
  region: Region;
  head: LogHead;
}): Promise<{ head: LogHead; isMore: boolean } | null> {
  const grown = await appendOrRead(ctx, region, head);
  if (grown === null || grown.head.checkpoint_size === grown.head.size) return grown;
  if (!(await publishCheckpoint({ ctx, region, head: grown.head }))) return null;
  return { ...grown, head: { ...grown.head, checkpoint_size: grown.head.size } };
}

/** What has changed under it is read again, unless that is the log's holder. */
async function appendOrRead(
  ctx: Context,
  region: Region,
  head: LogHead,
): Promise<{ head: LogHead; isMore: boolean } | null> {
  try {
    return await appendPending({ ctx, region, head });
  } catch (error) {
    if (!(error instanceof LogChanged)) throw error;
    const now = await ctx.store.regions[region].proofLog.head();
    return now?._id === head._id && now.fence === head.fence ? { head: now, isMore: true } : null;
  }
}
