// Collection `certificates`: clean-ups.
import type { Connection } from 'mongoose';
import type { Certificate, DataState } from './certificates';
import type { Session } from './connection';

/** What decides whether a certificate is due to be cleaned. */
export type CleaningHead = Pick<
  Certificate,
  | '_id'
  | 'session_id'
  | 'email_hash'
  | 'mobile_hash'
  | 'created_at'
  | 'retained_until'
  | 'session_retained_until'
  | 'retention_requests'
  | 'data'
  | 'cleanup_id'
>;

/** What a sweep reads of a certificate; hashes only on request. */
export type DueHead = Pick<CleaningHead, '_id' | 'retention_requests'> &
  Partial<Pick<CleaningHead, 'email_hash' | 'mobile_hash'>>;

const HEAD = {
  session_id: 1,
  email_hash: 1,
  mobile_hash: 1,
  created_at: 1,
  retained_until: 1,
  session_retained_until: 1,
  retention_requests: 1,
  data: 1,
  cleanup_id: 1,
} as const;

/** Which clean-up cleaned certificates, when, and the archive that keeps them. */
export interface CleanedBy {
  cleanup_id: string;
  cleaned_at: Date;
  archive_id: string | null;
}

/** Finding and cleaning certificates that are due. Nothing here touches an opt-out. */
export function cleaningQueries(connection: Connection) {
  const collection = connection.collection<Certificate>('certificates');
  const among = (companyId: string, ids: string[]) => ({
    _id: { $in: ids },
    company_id: companyId,
  });
  return {
    /**
     * Those captured by `before` in the state `data`, without paid retention, oldest first, and then
     * those whose paid retention is over; only the fields that a sweep needs, so that it is about as
     * fast as a cursor over ids.
     */
    dueCursor: (
      companyId: string,
      data: DataState,
      { before, now, withHashes }: { before: Date; now: Date; withHashes: boolean },
      batchSize: number,
    ): AsyncIterable<DueHead> =>
      collection.find<DueHead>(
        {
          company_id: companyId,
          data,
          kept_until: { $not: { $gt: now } },
          created_at: { $lte: before },
          // Also those of earlier releases, whose `kept_until` is missing.
          retained_until: { $not: { $gt: now } },
          session_retained_until: { $not: { $gt: now } },
        },
        {
          projection: {
            retention_requests: 1,
            ...(withHashes && { email_hash: 1, mobile_hash: 1 }),
          },
          sort: { kept_until: 1, created_at: 1 },
          batchSize,
        },
      ),
    findHeads: (companyId: string, ids: string[], session?: Session) =>
      collection.find<CleaningHead>(among(companyId, ids), { projection: HEAD, session }).toArray(),
    /** Removes who consented and on which page; what was consented to stays. */
    anonymise: async (companyId: string, ids: string[], by: CleanedBy, session: Session) => {
      const found = await collection
        .find<Pick<Certificate, '_id' | 'origin'>>(among(companyId, ids), {
          projection: { origin: 1 },
          session,
        })
        .toArray();
      const updates = found.map(({ _id, origin }) => ({
        updateOne: {
          filter: { _id },
          update: {
            $set: { ...cleaned('anonymised', by), email: null, mobile: null, origin: site(origin) },
          },
        },
      }));
      await collection.bulkWrite(updates, { session, ordered: false });
    },
    /** Leaves a tombstone. */
    remove: async (companyId: string, ids: string[], by: CleanedBy, session: Session) => {
      const gone = { email: null, mobile: null, origin: '', consents: [] };
      await collection.updateMany(
        among(companyId, ids),
        { $set: { ...cleaned('removed', by), ...gone } },
        { session },
      );
    },
    /** Removes the hashes of a clean-up's tombstones, where no revocation needs them. */
    removeHashes: async (companyId: string, ids: string[], cleanupId: string, session: Session) => {
      await collection.updateMany(
        {
          ...among(companyId, ids),
          cleanup_id: cleanupId,
          data: 'removed',
          'opt_out.revoke': false,
        },
        { $set: { email_hash: null, mobile_hash: null } },
        { session },
      );
    },
    /** Notes that the recordings were removed. */
    recordingsCleaned: async (
      companyId: string,
      ids: string[],
      by: Omit<CleanedBy, 'cleanup_id'>,
      session: Session,
    ) => {
      const archive = by.archive_id === null ? {} : { recording_archive_id: by.archive_id };
      await collection.updateMany(
        among(companyId, ids),
        { $set: { recording_cleaned_at: by.cleaned_at, ...archive } },
        { session },
      );
    },
    findWhole: (companyId: string, ids: string[]) =>
      collection.find<Certificate>(among(companyId, ids)).toArray(),
  };
}

function cleaned(data: DataState, { archive_id, ...by }: CleanedBy) {
  return { data, ...by, ...(archive_id !== null && { archive_id }) };
}

/** The site of an origin; path and query can identify the visitor. */
function site(origin: string): string {
  if (!URL.canParse(origin)) return '';
  const { origin: named } = new URL(origin);
  return named === 'null' ? '' : named;
}
