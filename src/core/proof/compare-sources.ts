import { commitmentTo } from '../../lib/commitments';
import { type AuditEntry, OWN_WORDS } from '../../store/audit-entries';
import { commitmentIn } from '../../store/ledger-refs';
import type { LedgerPage } from '../../store/ledger-pages';
import type { LogHead } from '../../store/proof-log';
import { REMOVED_PREFIX } from '../../store/renaming';
import { readNames } from './certificate-names';
import { LogAltered, nameOfRecord } from './log-altered';
import { type CertificateNames, recordOfEntry } from './record-of-entry';
import { recordOfPage } from './record-of-page';
import { readRecord, recordIdOf } from './record-text';
import { refuseOtherResult } from './refuse-result';
import { contentOf, ERASABLE, refuseSource } from './refuse-source';
import type { RecordPage, Walked } from './walk-log';

/** Clean-ups may rename what is being read. */
const TRIES = 3;

/** What a record is about. */
interface Source {
  /** As messages name it. */
  name: string;
  /** Only of an entry of the audit. */
  entry?: AuditEntry;
  /** The record that follows from it; `found` has what clean-ups have emptied in the source. */
  recordFor: (recordId: string, found: string) => string;
}

/**
 * Compares records with the audit entries and pages of the ledger that they are about; of what clean-ups
 * have emptied, what is left.
 * @throws LogAltered naming the first that is another, is missing, or is too many
 */
export async function compareSources(walked: Walked, page: RecordPage): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await compareOnce(walked, page);
      return;
    } catch (error) {
      if (!(error instanceof LogAltered) || tries >= TRIES) throw error;
    }
  }
}

/** The first record of a log that goes on from another is about that one, and nothing else. */
function refuseOtherStart({ origin, size, root, older }: LogHead, record: string): void {
  const said = readRecord(record);
  const expected = JSON.stringify([{ origin, size, root }, older]);
  if (JSON.stringify([said.continues, said.older]) === expected) return;
  throw new LogAltered(`${nameOfRecord(0, record)}: it does not go on from ${origin}`);
}

async function compareOnce(walked: Walked, { start, records }: RecordPage): Promise<void> {
  const sources = await readSources(walked, start, start + records.length);
  for (const [i, record] of records.entries()) {
    const index = start + i;
    if (index === 0 && walked.former) {
      refuseOtherStart(walked.former, record);
      continue;
    }
    const source = sources.get(index);
    if (!source) {
      throw new LogAltered(`${nameOfRecord(index, record)}: what it is about was deleted`);
    }
    const expected = source.recordFor(recordIdOf(walked.head.origin, index), record);
    const { name } = source;
    if (expected !== record) await refuseSource({ ...walked, index, record, name, expected });
    if (source.entry) await refuseOtherResult({ ctx: walked.ctx, entry: source.entry });
  }
}

/** By their places in the log. */
async function readSources(
  { ctx, region, head }: Walked,
  start: number,
  end: number,
): Promise<Map<number, Source>> {
  const [from, to] = [head.first_leaf + start, head.first_leaf + end];
  const [entries, pages] = await Promise.all([
    ctx.store.regions[region].audit.byLeaves(from, to),
    region === 'default' ? ctx.store.ledgerPages.byLeaves(from, to) : [],
  ]);
  const names = await readNames({ ctx, region, entries });
  const sources = new Map<number, Source>();
  const add = (leaf: number | undefined, source: Source) => {
    const index = (leaf ?? 0) - head.first_leaf;
    if (!Number.isInteger(index) || sources.has(index)) {
      throw new LogAltered(`${source.name} was put in: record ${String(index)} is not about it`);
    }
    sources.set(index, source);
  };
  for (const entry of entries) add(entry.leaf, sourceOfEntry(entry, names));
  for (const page of pages) add(page.leaf, sourceOfPage(page));
  return sources;
}

function sourceOfEntry(entry: AuditEntry, names: CertificateNames): Source {
  const { salt = '', person_salt: personSalt } = entry;
  const secrets = { salt, person_salt: personSalt ?? '' };
  return {
    name: `audit entry ${entry._id}`,
    entry,
    recordFor: (recordId, found) => {
      refuseUnopened(entry, names);
      const text = recordOfEntry({ entry, secrets, names, recordId });
      return personSalt === undefined && isErased(entry) ? withErased(text, found) : text;
    },
  };
}

/** Whether a clean-up has been there: it names nobody who is there, and IP and reason are gone. */
function isErased(entry: AuditEntry): boolean {
  const { _id, action, certificates, consents, ip, reason, answered } = entry;
  const isRemoved = (id: string) => id.startsWith(REMOVED_PREFIX);
  const areRemoved = certificates.length > 0 && certificates.every(isRemoved);
  const isOfConsents = consents !== undefined && consents.length > 0;
  const isEmpty = ip === null && (reason === null || OWN_WORDS.includes(action));
  if (answered) return isEmpty && answered.result_sha256 === null;
  return isEmpty && (areRemoved || isOfConsents || _id.includes(REMOVED_PREFIX));
}

/** A record as it was before what its entry had was emptied. */
function withErased(text: string, found: string): string {
  const content = readRecord(text);
  const there = contentOf(found)?.commitments ?? {};
  const lasting = Object.entries(content.commitments).filter(([name]) => !ERASABLE.includes(name));
  const kept = ERASABLE.flatMap((name) => (there[name] === undefined ? [] : [[name, there[name]]]));
  const commitments = Object.fromEntries([...lasting, ...kept]) as Record<string, string>;
  return JSON.stringify({ ...content, commitments });
}

/** What opens the name of a certificate has to open it. */
function refuseUnopened({ certificates }: AuditEntry, names: CertificateNames): void {
  for (const value of certificates) {
    const name = names.get(value);
    if (name?.ledger_salt === undefined) continue;
    const commitment = commitmentTo({ salt: name.ledger_salt, value });
    if (commitment !== commitmentIn(name.ledger_ref)) {
      throw new LogAltered(`certificate ${value} was edited: ledger_salt does not open ledger_ref`);
    }
  }
}

function sourceOfPage(page: LedgerPage): Source {
  return {
    name: `ledger page ${page._id}`,
    recordFor: (recordId) => recordOfPage({ page, salt: page.salt ?? '', recordId }),
  };
}
