// Collections `consents` and `consent_revocations`: export and replay.
import type { Connection } from 'mongoose';
import type { Session } from './connection';
import type { ConsentRevocation } from './consent-revocations';
import type { ConsentRecord } from './consents';
import type { Position } from './paging';
import { CURSOR_BATCH, requestsAfter } from './revocation-copies';

const COPIED = {
  consent_id: 1,
  version: 1,
  email_hash: 1,
  mobile_hash: 1,
  given_at: 1,
  set: 1,
  revocation_id: 1,
} as const;

/** What an export reads of a revoked version. */
export type CopiedConsent = Pick<ConsentRecord, keyof typeof COPIED>;

/** Exporting a region's revocations of consents, and replaying them into another copy of it. */
export function consentCopyStore(connection: Connection) {
  const revocations = connection.collection<ConsentRevocation>('consent_revocations');
  const consents = connection.collection<ConsentRecord>('consents');
  return {
    /** A company's requests, oldest first, without what they name. */
    listRequests: (companyId: string, after: Position | null, limit: number) =>
      revocations
        .find(requestsAfter(companyId, after))
        .project<Omit<ConsentRevocation, 'consent_ids'>>({ consent_ids: 0 })
        .sort({ requested_at: 1, _id: 1 })
        .limit(limit)
        .toArray(),
    /** The versions that each of the requests added, request by request. */
    revokedBy: (revocationIds: string[]): AsyncIterable<CopiedConsent> =>
      consents
        // `$gt` is what lets the partial index be used.
        .find<CopiedConsent>(
          { revocation_id: { $in: revocationIds, $gt: '' } },
          { projection: COPIED },
        )
        .sort({ revocation_id: 1 })
        .batchSize(CURSOR_BATCH),

    findRequests: (ids: string[], session: Session) =>
      revocations.find({ _id: { $in: ids } }, { session }).toArray(),
    insertRequests: async (requests: ConsentRevocation[], session: Session) => {
      if (requests.length > 0) await revocations.insertMany(requests, { session });
    },
    /** The newest version of each consent, of whichever company. */
    findNewest: (consentIds: string[], session: Session) =>
      consents
        .aggregate<ConsentRecord>(
          [
            { $match: { consent_id: { $in: consentIds } } },
            // In the order of the index, backwards.
            { $sort: { consent_id: -1, version: -1 } },
            { $group: { _id: '$consent_id', newest: { $first: '$$ROOT' } } },
            { $replaceRoot: { newRoot: '$newest' } },
          ],
          { session },
        )
        .toArray(),
  };
}
