import type { Context } from '../../context';
import { checkpointText } from '../../lib/tlog/checkpoint';
import { signNote } from '../../lib/tlog/note';
import type { LogHead, Older } from '../../store/proof-log';
import type { Region } from '../../store/regions';
import { continueLog } from './continue-log';
import { signingKeyOf } from './log-keys';
import { firstOrigin, newLog } from './new-log';
import { readRecord } from './record-text';

/** Whether earlier releases have recorded anything that is in no log. */
export async function isAnythingOlder({
  ctx,
  region,
}: {
  ctx: Context;
  region: Region;
}): Promise<boolean> {
  const { audit } = ctx.store.regions[region];
  if ((await audit.ofEarlierReleases(1)).length > 0) return true;
  return region === 'default' && (await ctx.store.ledgerPages.ofEarlierReleases(1)).length > 0;
}

const NOTHING: Older = {
  audit_entries: { count: 0, newest: null },
  ledger_pages: { count: 0, newest: null },
};

/** What there is of each kind once these records are there, too. */
export function withOlder(older: Older = NOTHING, records: readonly string[]): Older {
  const sum = structuredClone(older);
  for (const text of records) {
    const { event_type: type, event_time: time } = readRecord(text);
    const of = sum[type === 'ledger.page' ? 'ledger_pages' : 'audit_entries'];
    of.count += 1;
    // All are written alike, so that they sort by time.
    if (of.newest === null || of.newest < time) of.newest = time;
  }
  return sum;
}

/**
 * Closes the log of what is older once all of it is in, publishes it, and begins the region's first log
 * in the same transaction. Its first record commits to all that is older.
 * @returns the first log; null when another process has the log of what is older
 */
export async function closeOlderLog({
  ctx,
  region,
  head,
}: {
  ctx: Context;
  region: Region;
  head: LogHead;
}): Promise<LogHead | null> {
  const { proofLog, transaction } = ctx.store.regions[region];
  const { origin, size, older } = head;
  const tree = { size, root: Buffer.from(head.root, 'base64') };
  const text = checkpointText({ origin, ...tree });
  const shown = {
    checkpoint: `${text}\n${signNote(text, origin, signingKeyOf({ ctx, head }))}`,
    checkpoint_size: size,
    checkpoint_at: ctx.now(),
  };
  const next = newLog({ ctx, origin: firstOrigin({ ctx, region }) });
  const content = { event_type: 'log.opened', older: withOlder(older, []) };
  return transaction(async (session) => {
    if (!(await proofLog.publish(head, shown, session))) return null;
    const begun = await continueLog({ ctx, region, former: head, tree, next, content, session });
    await ctx.reach('log.opening');
    return begun;
  });
}
