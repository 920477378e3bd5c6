// Collection `certificates`: clean-ups.
import type mongoose from 'mongoose';
import type { Connection } from 'mongoose';
import type { Certificate, DataState } from './certificates';
import { countInTime, type Session } from './connection';

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

/** What a sweep reads of a certificate, from the index alone. */
export type DueHead = Pick<CleaningHead, '_id' | 'retention_requests'>;

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

/** Who consented, once that is removed. */
const NOBODY = { email: null, mobile: null, email_search: null };

/** Which clean-up cleaned certificates, when, and the archive that keeps them. */
export interface CleanedBy {
  cleanup_id: string;
  cleaned_at: Date;
  archive_id: string | null;
}

/** The index of what is due; as in the schema. */
export const DUE_INDEX = 'due';

/** Finding and cleaning certificates that are due. Nothing here touches an opt-out. */
export function cleaningQueries(connection: Connection) {
  const collection = connection.collection<Certificate>('certificates');
  const among = (companyId: string, ids: string[]) => ({
    _id: { $in: ids },
    company_id: companyId,
  });
  const due = (
    companyId: string,
    data: DataState,
    { before, now }: { before: Date; now: Date },
  ) => ({
    company_id: companyId,
    data,
    kept_until: { $not: { $gt: now } },
    created_at: { $lte: before },
  });
  return {
    /** How many of `duePages` there are, counting up to `limit`; null when that takes too long. */
    countDue: (
      companyId: string,
      data: DataState,
      asked: { before: Date; now: Date },
      limit: number,
    ) =>
      countInTime(connection, collection, due(companyId, data, asked), { limit, hint: DUE_INDEX }),
    /**
     * Those captured by `before` in the state `data`, without paid retention, oldest first, and then
     * those whose paid retention is over, in pages and from the index alone. Of those of earlier
     * releases, whose `kept_until` is missing, some are paid for all the same.
     */
    duePages: (
      companyId: string,
      data: DataState,
      asked: { before: Date; now: Date },
      pageSize: number,
    ): AsyncGenerator<DueHead[], void> =>
      pagesOf(
        collection.find<DueHead>(due(companyId, data, asked), {
          projection: { retention_requests: 1 },
          sort: { kept_until: 1, created_at: 1 },
          hint: DUE_INDEX,
          batchSize: pageSize,
        }),
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
            $set: { ...cleaned('anonymised', by), ...NOBODY, origin: site(origin) },
          },
        },
      }));
      await collection.bulkWrite(updates, { session, ordered: false });
    },
    /** Leaves a tombstone. */
    remove: async (companyId: string, ids: string[], by: CleanedBy, session: Session) => {
      const gone = { ...NOBODY, origin: '', consents: [] };
      await collection.updateMany(
        among(companyId, ids),
        { $set: { ...cleaned('removed', by), ...gone }, $unset: { ledger_salt: 1 } },
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
          'opt_out.channels': null,
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

/** What a cursor brings at once: less work than one by one. */
async function* pagesOf<T>(cursor: mongoose.mongo.FindCursor<T>): AsyncGenerator<T[], void> {
  try {
    while (await cursor.hasNext()) yield cursor.readBufferedDocuments();
  } finally {
    await cursor.close();
  }
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
