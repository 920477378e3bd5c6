import type { Context } from '../../context';
import { type Checkpoint, parseCheckpoint } from '../../lib/tlog/checkpoint';
import { isSignedBy, parseNote } from '../../lib/tlog/note';
import { type LogHead, type Older, OLDER_LOG } from '../../store/proof-log';
import type { Region } from '../../store/regions';
import { compareSources } from './compare-sources';
import { LogAltered } from './log-altered';
import { noteKeysOf } from './log-keys';
import { withOlder } from './older-log';
import { walkLog } from './walk-log';

/** By then a worker has put in what was recorded. */
const WAIT_MS = 60_000;

/** What came of looking at a region's log. */
export interface LogVerdict {
  isSound: boolean;
  /** For people: how much was looked at, or the first thing that is wrong. */
  line: string;
}

interface Asked {
  ctx: Context;
  region: Region;
  /** A signed checkpoint that somebody has kept; looked at where it is of this region. */
  kept?: string | undefined;
  /** Is told how many records have been looked at, of how many. */
  onProgress?: ((done: number, size: number) => void) | undefined;
}

/**
 * Recomputes a region's logs from the database: each record is there, at its place, and nothing else is;
 * tree, tiles and published checkpoint follow from them; and each fits the audit entry or page of the
 * ledger that it is about. Memory does not grow with the log, which may grow meanwhile.
 */
export async function verifyLog(asked: Asked): Promise<LogVerdict> {
  const { ctx, region } = asked;
  const heads = (await ctx.store.regions[region].proofLog.heads()).reverse();
  try {
    for (const [i, head] of heads.entries()) await verifyOne(asked, head, heads[i - 1]);
    for (const [i, head] of heads.entries()) refuseGap(head, heads[i + 1]);
    await refuseUnlogged(ctx, region, heads.at(-1));
  } catch (error) {
    if (!(error instanceof LogAltered)) throw error;
    return { isSound: false, line: `${region}: altered: ${error.message}` };
  }
  return { isSound: true, line: `${region}: sound: ${await countAll(ctx, region, heads)}` };
}

/** Of which log a checkpoint is; null: it is none. */
export function originOf(signed: string): string | null {
  return readSigned(signed)?.origin ?? null;
}

async function verifyOne(
  { ctx, region, kept, onProgress }: Asked,
  head: LogHead,
  former: LogHead | undefined,
): Promise<void> {
  const published = head.checkpoint === null ? null : readSigned(head.checkpoint);
  if (head.checkpoint_size > 0 && !published) {
    throw new LogAltered(`the checkpoint of ${head.origin} was deleted or is none`);
  }
  const older = kept === undefined ? null : readSigned(kept);
  const checkpoints = [
    ...(published ? [{ checkpoint: published, name: 'the published checkpoint' }] : []),
    ...(older?.origin === head.origin ? [{ checkpoint: older, name: 'the checkpoint given' }] : []),
  ];
  const walked = { ctx, region, head, former };
  let counted = withOlder(undefined, []);
  const roots = await walkLog({
    ...walked,
    marks: checkpoints.map(({ checkpoint }) => checkpoint.size),
    visit: async (page) => {
      await compareSources(walked, page);
      if (head._id === OLDER_LOG) counted = withOlder(counted, page.records);
      onProgress?.(page.start + page.records.length, head.size);
    },
  });
  if (roots.get(head.size)?.toString('base64') !== head.root) {
    throw new LogAltered(`the head of ${head.origin} was edited: its root is not its records’`);
  }
  if (head._id === OLDER_LOG) refuseOtherCount(head, counted);
  if (published && published.size !== head.checkpoint_size) {
    throw new LogAltered(
      `the published checkpoint of ${head.origin} was replaced: it has ${String(published.size)} records, not ${String(head.checkpoint_size)}`,
    );
  }
  for (const { checkpoint, name } of checkpoints) refuseCheckpoint(head, checkpoint, name, roots);
}

function refuseOtherCount({ origin, older }: LogHead, counted: Older): void {
  if (JSON.stringify(withOlder(older, [])) === JSON.stringify(counted)) return;
  throw new LogAltered(`the head of ${origin} was edited: its records are not what it counts`);
}

type Signed = Checkpoint & { note: NonNullable<ReturnType<typeof parseNote>> };

function readSigned(signed: string): Signed | null {
  const note = parseNote(signed);
  const checkpoint = note && parseCheckpoint(note.text);
  return checkpoint && { ...checkpoint, note };
}

function refuseCheckpoint(
  head: LogHead,
  { origin, size, root, note }: Signed,
  name: string,
  roots: Map<number, Buffer>,
): void {
  const refuse = (why: string) => {
    throw new LogAltered(`${name} of ${head.origin} ${why}`);
  };
  if (origin !== head.origin) refuse(`is of another log: ${origin}`);
  if (!noteKeysOf(head).some((key) => isSignedBy(note, key))) refuse('is signed by no key of it');
  if (size > head.size) {
    refuse(`has ${String(size)} records, the log ${String(head.size)}: the others were deleted`);
  }
  if (roots.get(size)?.equals(root) !== true) {
    refuse(`does not fit the log: of its first ${String(size)} records some were altered`);
  }
}

/** A log goes on where the one before it has stopped. */
function refuseGap({ origin, first_leaf: first, size }: LogHead, next: LogHead | undefined): void {
  if (next && next.first_leaf !== first + size) {
    throw new LogAltered(`${next.origin} does not go on where ${origin} stopped`);
  }
}

/**
 * Nothing says that it is in the log and is not, or has been waiting for too long; while the log of what is
 * older grows, everything else waits.
 */
async function refuseUnlogged(
  ctx: Context,
  region: Region,
  head: LogHead | undefined,
): Promise<void> {
  const { audit, proofLog } = ctx.store.regions[region];
  const kinds = [
    { name: 'audit entry', store: audit },
    ...(region === 'default' ? [{ name: 'ledger page', store: ctx.store.ledgerPages }] : []),
  ];
  const before = new Date(ctx.now().getTime() - WAIT_MS);
  const isOpening = head?._id === OLDER_LOG;
  for (const { name, store } of kinds) {
    const beyond = await store.firstFrom(head ? head.first_leaf + head.size : 0);
    const now = await proofLog.head();
    const end = now ? now.first_leaf + now.size : 0;
    if (beyond && (beyond.leaf ?? 0) >= end) {
      throw new LogAltered(`${name} ${beyond._id} was put in: the log ends before its place`);
    }
    if (isOpening) continue;
    const waiting = (await store.waitingSince(before)) ?? (head && (await oldest(store, before)));
    if (waiting) {
      throw new LogAltered(
        `${name} ${waiting._id} is a minute old and not in the log: it was put in, or no worker is there`,
      );
    }
  }
}

/** Of what an earlier release has written, if that is older than a time. */
async function oldest(
  store: { ofEarlierReleases: (limit: number) => Promise<{ _id: string; at: Date }[]> },
  before: Date,
) {
  const found = await store.ofEarlierReleases(1);
  return found.find(({ at }) => at < before);
}

async function countAll(ctx: Context, region: Region, heads: LogHead[]): Promise<string> {
  const { audit } = ctx.store.regions[region];
  const entries = await audit.countOfEarlierReleases();
  const pages = region === 'default' ? await ctx.store.ledgerPages.countOfEarlierReleases() : 0;
  const logs = heads.map(
    ({ origin, size, checkpoint_size: shown }) =>
      `${String(size)} records in ${origin}, ${String(shown)} of them under its checkpoint`,
  );
  const older =
    entries + pages === 0
      ? []
      : [
          `of earlier releases, not in it yet: ${String(entries)} audit entries, ${String(pages)} ledger pages`,
        ];
  return [...(logs.length > 0 ? logs : ['no log yet']), ...older].join('; ');
}
