import type { Context } from '../../context';
import { pause } from '../../lib/pause';
import { type LogHead, OLDER_LOG } from '../../store/proof-log';
import { type Region, REGIONS } from '../../store/regions';
import { underLease } from '../leases/under-lease';
import { newWitnesses, type Witness } from './ask-witnesses';
import { appendPending, LogChanged } from './append-pending';
import { closeOlderLog } from './older-log';
import { openLog } from './open-log';
import { publishCheckpoint } from './publish-checkpoint';

/** Each has a log. */
export const LOG_REGIONS = REGIONS;

/** How far a log has come, and whether there may be more at once. */
interface Grown {
  head: LogHead;
  isMore: boolean;
}

/** Often enough that a receipt can be had within 2 s; each look takes MongoDB as long as a few checks. */
const LOOK_EVERY_MS = 1_000;

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
      const witnesses = newWitnesses({ ctx, region });
      let head: LogHead = await ctx.store.regions[region].proofLog.takeOver(_id);
      while (!held.aborted) {
        const next = await growOnce({ ctx, region, head, witnesses });
        if (next === null) return;
        head = next.head;
        if (!next.isMore) await pause(LOOK_EVERY_MS, held);
      }
    },
  });
}

/**
 * Appends what is recorded, and publishes a checkpoint if there is none of what is there; neither in a
 * log that has been stopped: what it could append, nobody may ever be shown.
 * @returns null when another process has the log
 */
export async function growOnce({
  ctx,
  region,
  head,
  witnesses = newWitnesses({ ctx, region }),
}: {
  ctx: Context;
  region: Region;
  head: LogHead;
  /** The same for each call, as it is kept in them what they know. */
  witnesses?: readonly Witness[];
}): Promise<Grown | null> {
  if (head.stopped_reason) return holds(ctx, region, head);
  const grown = await appendOrRead(ctx, region, head);
  if (grown !== null && head._id === OLDER_LOG) return closeOnceAllIsIn(ctx, region, head, grown);
  if (grown === null || grown.head.checkpoint_size === grown.head.size) return grown;
  const shown = await publishCheckpoint({ ctx, region, head: grown.head, witnesses });
  return shown && { head: shown, isMore: grown.isMore && !shown.stopped_reason };
}

/** Nothing was left to append, and nothing has changed under it. */
async function closeOnceAllIsIn(
  ctx: Context,
  region: Region,
  before: LogHead,
  { head, isMore }: Grown,
): Promise<Grown | null> {
  if (isMore || head.size > before.size) return { head, isMore: true };
  const next = await closeOlderLog({ ctx, region, head });
  return next && { head: next, isMore: true };
}

/** Null: another process has the log, or there is another log by now. */
async function holds(ctx: Context, region: Region, head: LogHead): Promise<Grown | null> {
  const now = await ctx.store.regions[region].proofLog.head();
  return now?._id === head._id && now.fence === head.fence ? { head: now, isMore: false } : null;
}

/** What has changed under it is read again, unless that is the log's holder. */
async function appendOrRead(ctx: Context, region: Region, head: LogHead): Promise<Grown | null> {
  try {
    return await appendPending({ ctx, region, head });
  } catch (error) {
    if (!(error instanceof LogChanged)) throw error;
    const held = await holds(ctx, region, head);
    return held && { ...held, isMore: true };
  }
}
