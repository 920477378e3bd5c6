import { sign } from 'node:crypto';
import type { Context } from '../../context';
import type { Opening } from '../../lib/commitments';
import { inclusionRanges, leafHash, type LeafRange, pathOf } from '../../lib/tlog/merkle';
import { hashFromTiles, readFrom, tilesFor } from '../../lib/tlog/tiles';
import type { LogHead } from '../../store/proof-log';
import type { Region } from '../../store/regions';
import { signingKeyOf } from './log-keys';
import { readRecord } from './record-text';

/** The `format` of a receipt; another one is another document. */
export const RECEIPT_FORMAT = 'rescind-receipt-1';

/** What a receipt shows of what its record commits to. */
interface ReceiptOpening {
  /** Every commitment of the record by its name; null: not shown. */
  commitments: Record<string, Opening | null>;
  /** Whom or what the record is about, as far as it is shown; null: that cannot be opened. */
  subjects: (Opening | null)[];
}

/** The place and audit path of a subject under its record's `subjects`. */
interface ReceiptSubject {
  index: number;
  size: number;
  /** The exact bytes of its leaf: JSON, in which `subject` is what is committed to. */
  leaf: string;
  /** Base64. */
  path: string[];
}

/** Proof that something was recorded; whoever has it needs nothing else, and not us, to check it. */
export interface Receipt {
  format: typeof RECEIPT_FORMAT;
  /** The exact bytes of the record: JSON, see `LogRecordContent`. */
  record: string;
  /** Ed25519 over these bytes by the key that signed the checkpoint, base64. */
  signature: string;
  opening: ReceiptOpening;
  inclusion: {
    /** Of each subject that is shown, in the same order. */
    subjects: ReceiptSubject[];
    /** The record's place and audit path in the tree of the checkpoint. */
    record: { index: number; path: string[] };
  };
  /** A signed note. */
  checkpoint: string;
}

/** A subject as a receipt shows it. */
export type ShownSubject = ReceiptSubject & { opening: Opening | null };

/** A subject at its place among the leaves of its record. */
export function shownSubject(
  leaves: readonly string[],
  index: number,
  opening: Opening | null,
): ShownSubject {
  const hashes = leaves.map((leaf) => leafHash(leaf));
  const path = pathOf(index, hashes).map((hash) => hash.toString('base64'));
  return { index, size: leaves.length, leaf: leaves[index] ?? '', path, opening };
}

/** What a receipt shows beside the bare record. */
interface Shown {
  /** What opens commitments of the record, by their names. */
  known: Record<string, Opening>;
  subjects: ShownSubject[];
}

/**
 * Makes the receipt of what has a leaf.
 * @param leaf its place; see `AuditEntry.leaf`
 * @returns null while no published checkpoint covers it
 */
export async function issueReceipt({
  known,
  subjects,
  ...place
}: Shown & Parameters<typeof proveLeaf>[0]): Promise<Receipt | null> {
  const proven = await proveLeaf(place);
  return proven && receiptOf(proven, { known, subjects });
}

/** A record and its place in a published log: what all receipts of one leaf share. */
export interface ProvenLeaf extends Pick<Receipt, 'record' | 'signature' | 'checkpoint'> {
  place: Receipt['inclusion']['record'];
}

/**
 * Proves that a leaf is in its log.
 * @param heads the logs as they were read, so that several receipts have the same checkpoint
 * @returns null while no published checkpoint covers it
 */
export async function proveLeaf({
  ctx,
  region,
  leaf,
  heads,
}: {
  ctx: Context;
  region: Region;
  leaf: number | undefined;
  heads?: LogHead[] | undefined;
}): Promise<ProvenLeaf | null> {
  const { proofLog } = ctx.store.regions[region];
  const head = leaf === undefined ? null : logOf(heads ?? (await proofLog.heads()), leaf);
  if (!head || leaf === undefined) return null;
  const index = leaf - head.first_leaf;
  const { checkpoint, checkpoint_size: size } = head;
  if (checkpoint === null || index >= size) return null;
  const [found, path] = await Promise.all([
    proofLog.findRecord(head._id, index),
    readPath({ ctx, region, head, ranges: inclusionRanges(index, size) }),
  ]);
  if (!found) throw new Error('a record of the log is missing');
  const signature = sign(null, Buffer.from(found.record), signingKeyOf({ ctx, head }));
  return {
    record: found.record,
    signature: signature.toString('base64'),
    place: { index, path },
    checkpoint,
  };
}

/** A receipt of a leaf that has been proven. */
export function receiptOf(
  { record, signature, place, checkpoint }: ProvenLeaf,
  { known, subjects }: Shown,
): Receipt {
  const committed = Object.keys(readRecord(record).commitments);
  return {
    format: RECEIPT_FORMAT,
    record,
    signature,
    opening: {
      commitments: Object.fromEntries(committed.map((name) => [name, known[name] ?? null])),
      subjects: subjects.map(({ opening }) => opening),
    },
    inclusion: {
      subjects: subjects.map(({ opening: _, ...one }) => one),
      record: place,
    },
    checkpoint,
  };
}

/** The log in which a leaf is: the latest that begins at or before it. */
function logOf(heads: LogHead[], leaf: number): LogHead | undefined {
  return leaf < 0 ? undefined : heads.find(({ first_leaf: first }) => first <= leaf);
}

/** The hashes above parts of a log, base64. */
export async function readPath({
  ctx,
  region,
  head,
  ranges,
}: {
  ctx: Context;
  region: Region;
  head: LogHead;
  ranges: LeafRange[];
}): Promise<string[]> {
  const names = ranges.flatMap(tilesFor);
  const tiles = await ctx.store.regions[region].proofLog.findTiles(head._id, names);
  const read = readFrom(tiles);
  return ranges.map((range) => hashFromTiles(range, read).toString('base64'));
}
