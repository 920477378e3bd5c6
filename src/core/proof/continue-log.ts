import type { Context } from '../../context';
import { leafHash, type TreeHead } from '../../lib/tlog/merkle';
import { append } from '../../lib/tlog/tiles';
import type { Session } from '../../store';
import type { LogHead } from '../../store/proof-log';
import type { Region } from '../../store/regions';
import { type LogRecordContent, recordIdOf, recordText } from './record-text';

/**
 * Begins a log in the place of another. Its first record, which belongs to no entry, names the last
 * checkpoint of the former one.
 * @param tree what was published of the former one
 * @param content what the record says beside that
 * @returns the new log's head
 */
export async function continueLog({
  ctx,
  region,
  former,
  tree: { size, root },
  next,
  content,
  session,
}: {
  ctx: Context;
  region: Region;
  former: LogHead;
  tree: TreeHead;
  /** The new log, without leaves. */
  next: LogHead;
  content: Pick<LogRecordContent, 'event_type' | 'older'>;
  session: Session;
}): Promise<LogHead> {
  const { proofLog } = ctx.store.regions[region];
  const { event_type, ...more } = content;
  const record = recordText({
    record_id: recordIdOf(next.origin, 0),
    event_type,
    event_time: ctx.now().toISOString(),
    commitments: {},
    continues: { origin: former.origin, size, root: root.toString('base64') },
    ...more,
  });
  const grown = append(0, [], [leafHash(record)]);
  const head = {
    ...next,
    first_leaf: former.first_leaf + size,
    size: grown.size,
    root: grown.root.toString('base64'),
  };
  await proofLog.begin(head, session);
  await proofLog.addRecords(head._id, 0, [record], session);
  await proofLog.putTiles(head._id, grown.tiles, session);
  return head;
}
