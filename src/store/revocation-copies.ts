// Collections `revocations` and `certificates`: export and replay.
import type { Connection } from 'mongoose';
import { flaggedByAny, lacking } from './certificate-channels';
import type { Certificate, OptOut } from './certificates';
import type { Session } from './connection';
import type { Position } from './paging';
import { refusedByIndex } from './refused-by-index';
import { UNCOUNTED } from './revocation-advancing';
import type { Revocation } from './revocations';

/** A removed certificate: only what its flag and its proof need. */
export type Tombstone = Certificate & { data: 'removed' };

/** What an export says of a certificate. */
export type CopiedCertificate = Pick<
  Certificate,
  | '_id'
  | 'session_id'
  | 'property_ref'
  | 'email_hash'
  | 'mobile_hash'
  | 'content_hash'
  | 'created_at'
>;

const COPIED = {
  session_id: 1,
  property_ref: 1,
  email_hash: 1,
  mobile_hash: 1,
  content_hash: 1,
  created_at: 1,
  'opt_out.revocation_id': 1,
} as const;
export const CURSOR_BATCH = 1_000;

/** A company's requests after a position in a list that is oldest first. */
export function requestsAfter(companyId: string, after: Position | null) {
  return {
    company_id: companyId,
    ...(after && {
      $or: [
        { requested_at: { $gt: after.at } },
        { requested_at: after.at, _id: { $gt: after.id } },
      ],
    }),
  };
}

/** Exporting revocations from one database, and replaying them into another. */
export function revocationCopyStore(connection: Connection) {
  const revocations = connection.collection<Revocation>('revocations');
  const certificates = connection.collection<Certificate>('certificates');
  return {
    /** A company's requests that are not void, oldest first, without what they resolved to. */
    listRequests: (companyId: string, after: Position | null, limit: number) =>
      revocations
        .find({ ...requestsAfter(companyId, after), state: { $ne: 'void' } })
        .project<Omit<Revocation, 'certificate_ids'>>({ certificate_ids: 0 })
        .sort({ requested_at: 1, _id: 1 })
        .limit(limit)
        .toArray(),
    /** What each of the requests revoked, request by request. */
    revokedBy: (revocationIds: string[]) =>
      certificates
        .find({ 'opt_out.revocation_id': { $in: revocationIds } }, { projection: COPIED })
        .sort({ 'opt_out.revocation_id': 1, _id: 1 })
        .batchSize(CURSOR_BATCH),
    /** What a request revoked, or opted out of some channels. */
    flaggedBy: (revocationId: string): Promise<CopiedCertificate[]> =>
      certificates
        .find<CopiedCertificate>(flaggedByAny([revocationId]), { projection: COPIED })
        .toArray(),
    /** What a request whose flags are not all set is about to revoke, or has revoked. */
    stillRevocableBy: async (revocationId: string): Promise<CopiedCertificate[]> => {
      const request = await revocations.findOne({ _id: revocationId });
      if (!request) return [];
      return certificates
        .find(
          {
            _id: { $in: request.certificate_ids },
            company_id: request.company_id,
            $or: [lacking(request.channels), flaggedByAny([revocationId])],
          },
          { projection: COPIED },
        )
        .toArray();
    },

    findRequests: (ids: string[]) => revocations.find({ _id: { $in: ids } }).toArray(),
    /** Which of the certificates exist, and what they are opted out of. */
    findFlags: (companyId: string, ids: string[]) =>
      certificates
        .find({ _id: { $in: ids }, company_id: companyId })
        .project<{ _id: string; opt_out: Pick<OptOut, 'revoke' | 'channels'> }>({
          'opt_out.revoke': 1,
          'opt_out.channels': 1,
        })
        .toArray(),
    /** Ids of a company's certificates that were captured at exactly these moments. */
    findCapturedAt: (companyId: string, moments: Date[]): AsyncIterable<{ _id: string }> =>
      certificates
        .find({ company_id: companyId, created_at: { $in: moments } })
        .project<{ _id: string }>({ _id: 1 })
        .batchSize(CURSOR_BATCH),
    /** Inserts the requests that are missing. */
    recordMissing: async (missing: Revocation[]): Promise<void> => {
      if (missing.length === 0) return;
      const upserts = missing.map(({ _id, ...rest }) => ({
        updateOne: { filter: { _id }, update: { $setOnInsert: rest }, upsert: true },
      }));
      await revocations.bulkWrite(upserts, { ordered: false });
    },
    /**
     * Inserts tombstones of missing certificates.
     * @returns ids of those refused: by now they exist, or their session has another certificate
     */
    insertTombstones: async (tombstones: Tombstone[]): Promise<string[]> => {
      if (tombstones.length === 0) return [];
      try {
        await certificates.insertMany(tombstones, { ordered: false });
        return [];
      } catch (error) {
        const taken = refusedByIndex(error).map((index) => tombstones[index]?._id ?? '');
        if (taken.length === 0) throw error;
        return taken;
      }
    },
    /** Marks requests flagged, with all that follows still to be done. */
    flag: async (ids: string[], from: Revocation['state'][], at: Date, session: Session) => {
      const change = { state: 'flagged', flags_committed_at: at, completed_at: null };
      await revocations.updateMany(
        { _id: { $in: ids }, state: { $in: from } },
        { $set: change as Partial<Revocation>, $unset: UNCOUNTED },
        { session },
      );
    },
    /** Marks requests void that revoked nothing here. */
    makeVoid: async (ids: string[], at: Date, session: Session) => {
      await revocations.updateMany(
        { _id: { $in: ids }, state: 'recorded' },
        { $set: { state: 'void', flags_committed_at: at } },
        { session },
      );
    },
  };
}
