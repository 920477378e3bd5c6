import type { Context } from '../../context';
import { newId } from '../../lib/random-ids';
import { parseCheckpoint } from '../../lib/tlog/checkpoint';
import { EMPTY_ROOT, type TreeHead } from '../../lib/tlog/merkle';
import { formatKey, parseNote } from '../../lib/tlog/note';
import type { Session } from '../../store';
import type { LogHead } from '../../store/proof-log';
import type { Region } from '../../store/regions';
import { continueLog } from './continue-log';
import { noteKeysOf } from './log-keys';
import { FIRST_LOG, newLog, otherOrigin } from './new-log';
import { recordLogChange } from './record-log-change';

/** A log in the place of one that a witness has stopped. */
export interface BegunLog {
  origin: string;
  /** As a verifier key. */
  verifier_key: string;
  /** The log that it goes on from, and the size that was published of it. */
  former: { origin: string; size: number };
  /** Entries and pages that had a place in the former one which was never published. */
  moved: number;
}

/**
 * Begins a new log in the place of one that has been stopped. Its first record, which belongs to no
 * entry, names the last checkpoint of the former one, of which exactly that stays: whatever was
 * appended and not published goes into the new log, with what has waited.
 * @returns null: the region's log has not been stopped
 */
export async function beginNewLog({
  ctx,
  region,
}: {
  ctx: Context;
  region: Region;
}): Promise<BegunLog | null> {
  const entryId = newId('aud');
  const { proofLog, transaction } = ctx.store.regions[region];
  return transaction(async (session) => {
    const [former, ...earlier] = await proofLog.heads(session);
    if (!former?.stopped_reason) return null;
    const tree = publishedTree(former);
    const root = tree.root.toString('base64');
    const moved = await takeBack(ctx, region, former, tree, session);
    const { origin: first } = earlier.find(({ _id }) => _id === FIRST_LOG) ?? former;
    const log = former._id + 1;
    const next = newLog({ ctx, origin: otherOrigin({ ctx, first, log }), log });
    const content = { event_type: 'log.continued' };
    const begun = await continueLog({ ctx, region, former, tree, next, content, session });
    await ctx.reach('log.beginning');
    const reason = `${begun.origin} after ${former.origin} at ${String(tree.size)}, ${root}`;
    const action = 'proof.log_begun';
    await recordLogChange({ ctx, session, region, entryId, action, reason });
    return {
      origin: begun.origin,
      verifier_key: noteKeysOf(begun).map(formatKey)[0] ?? '',
      former: { origin: former.origin, size: tree.size },
      moved,
    };
  });
}

/** What the world has been shown of a log. */
function publishedTree({ checkpoint }: LogHead): TreeHead {
  const shown = checkpoint === null ? null : parseCheckpoint(parseNote(checkpoint)?.text ?? '');
  return shown ?? { size: 0, root: EMPTY_ROOT };
}

async function takeBack(
  ctx: Context,
  region: Region,
  former: LogHead,
  { size, root }: TreeHead,
  session: Session,
): Promise<number> {
  const { audit, proofLog } = ctx.store.regions[region];
  await proofLog.cutBack(former, { size, root: root.toString('base64') }, session);
  const from = former.first_leaf + size;
  const entries = await audit.takeBackLeaves(from, session);
  // Wallets, and their pages, are at home only.
  if (region !== 'default') return entries;
  return entries + (await ctx.store.ledgerPages.takeBackLeaves(from, session));
}
