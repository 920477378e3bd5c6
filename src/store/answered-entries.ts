// Collection `audit_entries`: what scrubs have answered.
import type { Connection } from 'mongoose';
import type { AuditEntry } from './audit-entries';
import { maxTime } from './connection';
import { beginningWith } from './prefix';

/** Rows of a scrub that were answered, and the file with the answers. */
export interface Answered {
  rows: number;
  /** Rows that may be contacted. */
  allowed: number;
  /** Of the result. */
  bytes: number;
  /** Of the result, in hexadecimal digits; null: the result has been deleted, and nobody shall guess it. */
  result_sha256: string | null;
}

/** What the entry of a scrub is called that had answered this many rows. */
export function answeredEntryId(batchId: string, rows: number): string {
  return `${beginningOf(batchId)}${String(rows)}`;
}

/** The scrub that such an entry is about. */
export function scrubOf(entryId: string): string {
  return entryId.split('.')[0] ?? '';
}

function beginningOf(batchId: string): string {
  return `${batchId}.answered.`;
}

/** Entries of scrubs. */
export function answeredEntries(connection: Connection) {
  const collection = connection.collection<AuditEntry>('audit_entries');
  return {
    /** What a scrub of a company had answered at its last end. */
    findAnswered: (companyId: string, batchId: string) =>
      collection.findOne(
        { _id: beginningWith(beginningOf(batchId)), company_id: companyId },
        { sort: { at: -1 }, ...maxTime(connection) },
      ),
    /** Forgets the hash of a scrub's result, and by what it could be guessed from the log. */
    forgetResult: async (batchId: string): Promise<void> => {
      await collection.updateMany(
        { _id: beginningWith(beginningOf(batchId)) },
        { $set: { 'answered.result_sha256': null }, $unset: { person_salt: 1 } },
      );
    },
  };
}
