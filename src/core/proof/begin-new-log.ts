import type { Context } from '../../context';
import { newId } from '../../lib/random-ids';
import { parseCheckpoint } from '../../lib/tlog/checkpoint';
import { EMPTY_ROOT, leafHash, type TreeHead } from '../../lib/tlog/merkle';
import { formatKey, parseNote } from '../../lib/tlog/note';
import { append } from '../../lib/tlog/tiles';
import type { Session } from '../../store';
import type { LogHead } from '../../store/proof-log';
import type { Region } from '../../store/regions';
import { noteKeysOf } from './log-keys';
import { newLog } from './open-log';
import { recordLogChange } from './record-log-change';
import { recordIdOf, recordText } from './record-text';

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
    const { origin: base } = earlier.at(-1) ?? former;
    const next = await begin({ ctx, region, former, tree, base, session });
    await ctx.reach('log.beginning');
    const reason = `${next.origin} after ${former.origin} at ${String(tree.size)}, ${root}`;
    const action = 'proof.log_begun';
    await recordLogChange({ ctx, session, region, entryId, action, reason });
    return {
      origin: next.origin,
      verifier_key: noteKeysOf(next).map(formatKey)[0] ?? '',
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

async function begin({
  ctx,
  region,
  former,
  tree: { size, root },
  base,
  session,
}: {
  ctx: Context;
  region: Region;
  former: LogHead;
  tree: TreeHead;
  /** The origin of the region's first log. */
  base: string;
  session: Session;
}): Promise<LogHead> {
  const { proofLog } = ctx.store.regions[region];
  const log = former._id + 1;
  // With its time: a database restored once more must not call another log the same.
  const time = ctx.now().toISOString().slice(0, -5).replaceAll(/\D/g, '');
  const origin = `${base}/${String(log)}-${time}`;
  const record = recordText({
    record_id: recordIdOf(origin, 0),
    event_type: 'log.continued',
    event_time: ctx.now().toISOString(),
    commitments: {},
    continues: { origin: former.origin, size, root: root.toString('base64') },
  });
  const grown = append(0, [], [leafHash(record)]);
  const head = {
    ...newLog({ ctx, origin, log, firstLeaf: former.first_leaf + size }),
    size: grown.size,
    root: grown.root.toString('base64'),
  };
  await proofLog.begin(head, session);
  await proofLog.addRecords(log, 0, [record], session);
  await proofLog.putTiles(log, grown.tiles, session);
  return head;
}
