import type { Context } from '../../context';
import { newSaltSecret } from '../../lib/commitments';
import { leafHash } from '../../lib/tlog/merkle';
import { append, edgeOf } from '../../lib/tlog/tiles';
import type { Session } from '../../store';
import type { AuditEntry } from '../../store/audit-entries';
import type { LedgerPage } from '../../store/ledger-pages';
import type { GivenLeaf } from '../../store/log-leaves';
import { type LogHead, OLDER_LOG } from '../../store/proof-log';
import type { Region } from '../../store/regions';
import { giveNames } from './certificate-names';
import { withOlder } from './older-log';
import { type CertificateNames, newEntrySecrets, recordOfEntry } from './record-of-entry';
import { recordOfPage } from './record-of-page';
import { recordIdOf } from './record-text';

/** So few that a round is done well within the deadline of a transaction. */
const MAX_LEAVES = 500;
/** Certificates whose salts are read in a round; an entry names up to 1,000. */
const MAX_NAMED = 20_000;

/** Another process has the log, or what was to be appended has changed: nothing was appended. */
export class LogChanged extends Error {}

/** What is to become a leaf: makes its record once its place is known. */
interface NewLeaf {
  from: 'audit' | 'ledgerPages';
  id: string;
  secrets: Record<string, string>;
  /** From which the record is made; null: from what never changes. */
  entry: AuditEntry | null;
  record: (recordId: string) => string;
}

/**
 * Puts what was recorded and is not in the log yet at its end: records, tiles, head, and what each
 * entry and page is told of its place, in one transaction. So each is in the log once, whatever
 * crashes; who has lost the log to another process changes nothing.
 * @returns the head as it is now, and whether there may be more
 * @throws LogChanged
 */
export async function appendPending({
  ctx,
  region,
  head,
}: {
  ctx: Context;
  region: Region;
  head: LogHead;
}): Promise<{ head: LogHead; isMore: boolean }> {
  const leaves = await findNewLeaves(ctx, region, head);
  if (leaves.length === 0) return { head, isMore: false };
  const records = leaves.map(({ record }, i) => record(recordIdOf(head.origin, head.size + i)));
  const store = ctx.store.regions[region];
  const moved = await store.transaction(async (session) => {
    const edge = await store.proofLog.findTiles(head._id, edgeOf(head.size), session);
    const grown = append(
      head.size,
      edge,
      records.map((record) => leafHash(record)),
    );
    const next = {
      size: grown.size,
      root: grown.root.toString('base64'),
      ...(head._id === OLDER_LOG && { older: withOlder(head.older, records) }),
    };
    if (!(await store.proofLog.advance(head, next, session))) throw new LogChanged();
    await store.proofLog.addRecords(head._id, head.size, records, session);
    await store.proofLog.putTiles(head._id, grown.tiles, session);
    await ctx.reach('log.appending');
    if (!(await giveLeaves(ctx, region, head, leaves, session))) throw new LogChanged();
    return next;
  });
  await ctx.reach('log.appended');
  return { head: { ...head, ...moved }, isMore: leaves.length >= MAX_LEAVES };
}

async function findNewLeaves(ctx: Context, region: Region, head: LogHead): Promise<NewLeaf[]> {
  const found = await unlogged(ctx.store.regions[region].audit, head, MAX_LEAVES);
  const entries = firstOf(found);
  const names = await giveNames({ ctx, region, entries });
  const room = MAX_LEAVES - entries.length;
  const pages =
    region === 'default' && room > 0 ? await unlogged(ctx.store.ledgerPages, head, room) : [];
  return [...entries.map((entry) => leafOfEntry(entry, names)), ...pages.map(leafOfPage)];
}

/** Processes of an earlier release may go on for a while: what they write gets into the log as well. */
async function unlogged<Document>(
  store: Record<'ofEarlierReleases' | 'withoutLeaf', (limit: number) => Promise<Document[]>>,
  head: LogHead,
  limit: number,
): Promise<Document[]> {
  const theirs = await store.ofEarlierReleases(limit);
  const room = limit - theirs.length;
  if (head._id === OLDER_LOG || room === 0) return theirs;
  return [...theirs, ...(await store.withoutLeaf(room))];
}

/** As many entries as name few enough certificates, and at least one. */
function firstOf(entries: AuditEntry[]): AuditEntry[] {
  let named = 0;
  return entries.filter(({ certificates }, i) => {
    named += certificates.length;
    return i === 0 || named <= MAX_NAMED;
  });
}

function leafOfEntry(entry: AuditEntry, names: CertificateNames): NewLeaf {
  const secrets = newEntrySecrets();
  return {
    from: 'audit',
    id: entry._id,
    secrets: { ...secrets },
    entry,
    record: (recordId) => recordOfEntry({ entry, secrets, names, recordId }),
  };
}

function leafOfPage(page: LedgerPage): NewLeaf {
  const salt = newSaltSecret();
  return {
    from: 'ledgerPages',
    id: page._id,
    secrets: { salt },
    entry: null,
    record: (recordId) => recordOfPage({ page, salt, recordId }),
  };
}

async function giveLeaves(
  ctx: Context,
  region: Region,
  head: LogHead,
  leaves: NewLeaf[],
  session: Session,
): Promise<boolean> {
  const given = leaves.map(({ from, id, secrets }, i): GivenLeaf & Pick<NewLeaf, 'from'> => {
    return { from, id, secrets, leaf: head.first_leaf + head.size + i };
  });
  const of = (from: NewLeaf['from']) => given.filter((one) => one.from === from);
  const { audit } = ctx.store.regions[region];
  // A clean-up may have emptied them meanwhile, and their records would have what it emptied.
  const entries = leaves.flatMap(({ entry }) => entry ?? []);
  return (
    (await audit.areAsRead(entries, session)) &&
    (await audit.giveLeaves(of('audit'), session)) &&
    (await ctx.store.ledgerPages.giveLeaves(of('ledgerPages'), session))
  );
}
