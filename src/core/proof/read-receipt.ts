import type { Context } from '../../context';
import { formatKey, isSignedBy, parseNote, verifyingKeyOf } from '../../lib/tlog/note';
import { parseCheckpoint } from '../../lib/tlog/checkpoint';
import { type CompanyName, findCompanyName } from '../companies/find-company-name';
import { noteKeys } from './read-log';
import type { Receipt } from './receipt';
import { readRecord } from './record-text';

/** What a record is about, as far as its receipt shows it. */
export interface ShownFact {
  /** Of a check: its kind, who asked, and what was answered. */
  event: string | null;
  actor: string | null;
  answer: string | null;
  /** Null: it cannot be opened. */
  value: string | null;
}

/** What a receipt says, for pages that people read. */
export interface ReceiptFacts {
  /** `event_type` of the record. */
  event: string;
  at: Date;
  recordId: string;
  /** What commitments of the record stand for, by their names; what is not shown is left out. */
  shown: Readonly<Record<string, string>>;
  subjects: ShownFact[];
  /** Whose record it is, if that is a company that there is. */
  company: CompanyName | null;
  log: {
    origin: string;
    /** The record's place, from 0. */
    index: number;
    size: number;
    /** Base64. */
    root: string;
    /** The verifier key of who signed, as it is published. */
    key: string;
    /** The same for OpenSSL. */
    pem: string;
  };
}

/**
 * Takes a receipt of ours apart.
 * @throws Error when it is none: no key of the region's logs has signed it
 */
export async function readReceipt({
  ctx,
  receipt,
}: {
  ctx: Context;
  receipt: Receipt;
}): Promise<ReceiptFacts> {
  const record = readRecord(receipt.record);
  const { opening, inclusion } = receipt;
  const shown = Object.fromEntries(
    Object.entries(opening.commitments).flatMap(([name, one]) => (one ? [[name, one.value]] : [])),
  );
  const { pii_controller: companyId } = shown;
  return {
    event: record.event_type,
    at: new Date(record.event_time),
    recordId: record.record_id,
    shown,
    subjects: inclusion.subjects.map(({ leaf }, i) => ({
      ...checkIn(leaf),
      value: opening.subjects[i]?.value ?? null,
    })),
    company: companyId === undefined ? null : await findCompanyName({ ctx, companyId }),
    log: { index: inclusion.record.index, ...(await readSigned(ctx, receipt.checkpoint)) },
  };
}

function checkIn(leaf: string): Omit<ShownFact, 'value'> {
  const { event_type, entity_id, answer } = JSON.parse(leaf) as Record<string, string | undefined>;
  return { event: event_type ?? null, actor: entity_id ?? null, answer: answer ?? null };
}

async function readSigned(
  ctx: Context,
  checkpoint: string,
): Promise<Omit<ReceiptFacts['log'], 'index'>> {
  const note = parseNote(checkpoint);
  const tree = note && parseCheckpoint(note.text);
  const keys = await noteKeys({ ctx, region: 'default' });
  const key = note && keys.find((one) => isSignedBy(note, one));
  if (!tree || !key) throw new Error('a receipt is not signed by a key of the log');
  const { origin, size, root } = tree;
  const pem = verifyingKeyOf(key.publicKey).export({ format: 'pem', type: 'spki' }).toString();
  return { origin, size, root: root.toString('base64'), key: formatKey(key), pem };
}
