import type { Context } from '../../context';
import { checkpointText } from '../../lib/tlog/checkpoint';
import { signNote } from '../../lib/tlog/note';
import type { LogHead } from '../../store/proof-log';
import type { Region } from '../../store/regions';
import { askWitnesses, type Witness } from './ask-witnesses';
import { signingKeyOf } from './log-keys';

/**
 * Shows the world how far a log has come, signed and cosigned. Only what a majority of MongoDB's members
 * has is ever signed, so that no later checkpoint contradicts it. Where a witness knows another log of
 * this name, or more of it, the database was restored: then nothing is published any more.
 * @returns the head as it is now; null: another process has taken the log over
 */
export async function publishCheckpoint({
  ctx,
  region,
  head,
  witnesses,
}: {
  ctx: Context;
  region: Region;
  head: LogHead;
  witnesses: readonly Witness[];
}): Promise<LogHead | null> {
  const { origin, size } = head;
  const { proofLog } = ctx.store.regions[region];
  const text = checkpointText({ origin, size, root: Buffer.from(head.root, 'base64') });
  const checkpoint = `${text}\n${signNote(text, origin, signingKeyOf({ ctx, head }))}`;
  const cosigned = await askWitnesses({ ctx, region, head, checkpoint }, witnesses);
  if (cosigned.contradiction !== null) {
    const stopped = { stopped_reason: cosigned.contradiction, stopped_at: ctx.now() };
    // A process that was paused may ask about an older tree: it has lost the log, and stops nothing.
    if (!(await proofLog.stop(head, stopped))) return null;
    ctx.log.error({ region, origin, size, reason: stopped.stopped_reason }, 'log stopped');
    return { ...head, ...stopped };
  }
  await ctx.reach('log.publishing');
  const shown = {
    checkpoint: checkpoint + cosigned.lines.join(''),
    checkpoint_size: size,
    checkpoint_at: ctx.now(),
  };
  return (await proofLog.publish(head, shown)) ? { ...head, ...shown } : null;
}
