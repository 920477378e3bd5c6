import type { Context } from '../../context';
import { checkpointText } from '../../lib/tlog/checkpoint';
import { signNote } from '../../lib/tlog/note';
import type { LogHead } from '../../store/proof-log';
import type { Region } from '../../store/regions';
import { signingKeyOf } from './log-keys';

/**
 * Shows the world how far a log has come, signed. Only what a majority of MongoDB's members has is ever
 * signed, so that no later checkpoint contradicts it.
 * @returns false when another process has taken the log over
 */
export async function publishCheckpoint({
  ctx,
  region,
  head,
}: {
  ctx: Context;
  region: Region;
  head: LogHead;
}): Promise<boolean> {
  const { origin, size } = head;
  const text = checkpointText({ origin, size, root: Buffer.from(head.root, 'base64') });
  const checkpoint = `${text}\n${signNote(text, origin, signingKeyOf({ ctx, head }))}`;
  await ctx.reach('log.publishing');
  const shown = { checkpoint, checkpoint_size: size };
  return ctx.store.regions[region].proofLog.publish(head, shown);
}
