import type { Context } from '../../context';
import { MINUTE_MS } from '../../lib/durations';

const AT_A_TIME = 100;
/** Whoever is reading a file may finish. */
const READ_ON_MS = 15 * MINUTE_MS;

/** Removes files of evidence that a clean-up has given up. */
export async function removeEvidenceOf({
  ctx,
  cleanupId,
}: {
  ctx: Context;
  cleanupId: string;
}): Promise<void> {
  for (const { _id } of await ctx.store.evidence.ofCleanup(cleanupId))
    await removeEvidence({ ctx, evidenceId: _id });
}

/**
 * Takes files of evidence back whose time is over, and removes them a little later.
 * @returns how many it removed
 */
export async function sweepEvidence({
  ctx,
  now,
  signal,
}: {
  ctx: Context;
  now: Date;
  signal: AbortSignal;
}): Promise<number> {
  const { evidence } = ctx.store;
  for (let removed = 0; ;) {
    const found = await evidence.expired(now, AT_A_TIME);
    for (const one of found) {
      signal.throwIfAborted();
      if (one.state === 'made') await evidence.giveUp(one, new Date(now.getTime() + READ_ON_MS));
      else {
        await removeEvidence({ ctx, evidenceId: one._id });
        removed += 1;
      }
    }
    if (found.length < AT_A_TIME) return removed;
  }
}

/** Removes what has been given up. The record goes last: without it nobody would know of the file. */
export async function removeEvidence({
  ctx,
  evidenceId,
}: {
  ctx: Context;
  evidenceId: string;
}): Promise<void> {
  await ctx.store.evidenceFiles.delete(evidenceId);
  await ctx.reach('evidence.file_removed');
  await ctx.store.evidence.remove(evidenceId);
}
