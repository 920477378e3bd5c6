// Collections of what jobs work on: whose a record is.
import type { Connection } from 'mongoose';
import { maxTime } from './connection';

/** By which field jobs name a record of each collection. */
const NAMED_BY = {
  revocations: '_id',
  consent_revocations: '_id',
  batches: '_id',
  retentions: 'job_ref',
  cleanups: '_id',
  mails: '_id',
  evidence: '_id',
} as const;
export type OwnedCollection = keyof typeof NAMED_BY;

const IDS_AT_A_TIME = 5_000;

/** Looks up, for operators, whose the records are that jobs work on. */
export function recordOwners(connection: Connection) {
  return async (collection: OwnedCollection, ids: string[]): Promise<Map<string, string>> => {
    const field = NAMED_BY[collection];
    const owners = new Map<string, string>();
    for (let at = 0; at < ids.length; at += IDS_AT_A_TIME) {
      const found = connection
        .collection(collection)
        .find<Record<string, string | null>>(
          { [field]: { $in: ids.slice(at, at + IDS_AT_A_TIME) } } as object,
          { ...maxTime(connection), projection: { [field]: 1, company_id: 1 } },
        );
      for await (const one of found) {
        if (one.company_id != null) owners.set(one[field] ?? '', one.company_id);
      }
    }
    return owners;
  };
}
