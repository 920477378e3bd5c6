import type { Context } from '../../context';
import { newSaltSecret } from '../../lib/commitments';
import { leafHash } from '../../lib/tlog/merkle';
import { append, edgeOf } from '../../lib/tlog/tiles';
import { isOverdue, type Session } from '../../store';
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
/** Where it was not, MongoDB is slow: a few get through. */
const FEW_LEAVES = 50;
/** Certificates and movements that a round names: an entry has up to 1,000, a page up to 500. */
const MAX_NAMED = 20_000;

/** Another process has the log, or what was to be appended has changed: nothing was appended. */
export class LogChanged extends Error {}

/** What is to become a leaf: makes its record once its place is known. */
interface NewLeaf {
  from: 'audit' | 'ledgerPages';
  id: string;
  secrets: Record<string, string>;
  record: (recordId: string) => string;
}

interface Pending {
  ctx: Context;
  region: Region;
  head: LogHead;
}

/** What there is something of. */
type Kinds = Record<'entries' | 'pages', boolean>;

/**
 * Puts what was recorded and is not in the log yet at its end: records, tiles, head, and what each
 * entry and page is told of its place, in one transaction. So each is in the log once, whatever
 * crashes; who has lost the log to another process changes nothing.
 * @returns the head as it is now, and whether there may be more
 * @throws LogChanged
 */
export async function appendPending(pending: Pending): Promise<{ head: LogHead; isMore: boolean }> {
  const { ctx, head } = pending;
  // Most often there is nothing, and a transaction would be committed by a majority all the same.
  const kinds = await findPending(pending);
  if (!kinds.entries && !kinds.pages) return { head, isMore: false };
  const grown = await appendAtMost(pending, kinds, MAX_LEAVES).catch((error: unknown) => {
    if (!isOverdue(error)) throw error;
    return appendAtMost(pending, kinds, FEW_LEAVES);
  });
  await ctx.reach('log.appended');
  return grown;
}

/**
 * What becomes leaves is read in the transaction that writes to it: should anybody else write to it
 * meanwhile, such as a clean-up that empties it, MongoDB lets only one of them commit.
 */
function appendAtMost({ ctx, region, head }: Pending, kinds: Kinds, limit: number) {
  const store = ctx.store.regions[region];
  return store.transaction(async (session) => {
    const { leaves, isMore } = await findNewLeaves({ ctx, region, head }, kinds, limit, session);
    if (leaves.length === 0) return { head, isMore };
    const records = leaves.map(({ record }, i) => record(recordIdOf(head.origin, head.size + i)));
    const edge = await store.proofLog.findTiles(head._id, edgeOf(head.size), session);
    const hashes = records.map((record) => leafHash(record));
    const grown = append(head.size, edge, hashes);
    const next = {
      size: grown.size,
      root: grown.root.toString('base64'),
      ...(head._id === OLDER_LOG && { older: withOlder(head.older, records) }),
    };
    if (!(await store.proofLog.advance(head, next, session))) throw new LogChanged();
    await store.proofLog.addRecords(head._id, head.size, records, session);
    await store.proofLog.putTiles(head._id, grown.tiles, session);
    await ctx.reach('log.appending');
    if (!(await giveLeaves({ ctx, region, head }, leaves, session))) throw new LogChanged();
    return { head: { ...head, ...next }, isMore };
  });
}

/** Which of the two collections have something; most often one of them, and the other is not read again. */
async function findPending({ ctx, region, head }: Pending): Promise<Kinds> {
  const { audit } = ctx.store.regions[region];
  const [entries, pages] = await Promise.all([
    unlogged(audit, head, 1),
    region === 'default' ? unlogged(ctx.store.ledgerPages, head, 1) : [],
  ]);
  return { entries: entries.length > 0, pages: pages.length > 0 };
}

/** At most `limit`; whether there may be more. */
async function findNewLeaves(
  { ctx, region, head }: Pending,
  kinds: Kinds,
  limit: number,
  session: Session,
) {
  const { audit } = ctx.store.regions[region];
  const foundEntries = kinds.entries ? await unlogged(audit, head, limit, session) : [];
  const entries = firstOf(foundEntries, ({ certificates }) => certificates.length);
  const room = limit - foundEntries.length;
  const foundPages =
    kinds.pages && room > 0 ? await unlogged(ctx.store.ledgerPages, head, room, session) : [];
  const pages = firstOf(foundPages, ({ lines }) =>
    lines.reduce((sum, line) => sum + line.certificate_refs.length, 0),
  );
  const names = await giveNames({ ctx, region, entries });
  const leaves = [...entries.map((entry) => leafOfEntry(entry, names)), ...pages.map(leafOfPage)];
  const found = foundEntries.length + foundPages.length;
  return { leaves, isMore: found >= limit || found > leaves.length };
}

/** Processes of an earlier release may go on for a while: what they write gets into the log as well. */
async function unlogged<Document>(
  store: Record<
    'ofEarlierReleases' | 'withoutLeaf',
    (limit: number, session?: Session) => Promise<Document[]>
  >,
  head: LogHead,
  limit: number,
  session?: Session,
): Promise<Document[]> {
  const theirs = await store.ofEarlierReleases(limit, session);
  const room = limit - theirs.length;
  if (head._id === OLDER_LOG || room === 0) return theirs;
  return [...theirs, ...(await store.withoutLeaf(room, session))];
}

/** As many as name little enough, and at least one. */
function firstOf<Document>(found: Document[], namesOf: (one: Document) => number): Document[] {
  let named = 0;
  return found.filter((one, i) => {
    named += namesOf(one);
    return i === 0 || named <= MAX_NAMED;
  });
}

function leafOfEntry(entry: AuditEntry, names: CertificateNames): NewLeaf {
  const secrets = newEntrySecrets();
  return {
    from: 'audit',
    id: entry._id,
    secrets: { ...secrets },
    record: (recordId) => recordOfEntry({ entry, secrets, names, recordId }),
  };
}

function leafOfPage(page: LedgerPage): NewLeaf {
  const salt = newSaltSecret();
  return {
    from: 'ledgerPages',
    id: page._id,
    secrets: { salt },
    record: (recordId) => recordOfPage({ page, salt, recordId }),
  };
}

async function giveLeaves(
  { ctx, region, head }: Pending,
  leaves: NewLeaf[],
  session: Session,
): Promise<boolean> {
  const given = leaves.map(({ from, id, secrets }, i): GivenLeaf & Pick<NewLeaf, 'from'> => {
    return { from, id, secrets, leaf: head.first_leaf + head.size + i };
  });
  const of = (from: NewLeaf['from']) => given.filter((one) => one.from === from);
  return (
    (await ctx.store.regions[region].audit.giveLeaves(of('audit'), session)) &&
    (await ctx.store.ledgerPages.giveLeaves(of('ledgerPages'), session))
  );
}
