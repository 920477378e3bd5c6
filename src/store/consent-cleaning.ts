// Collection `consents`: clean-ups.
import type { Connection } from 'mongoose';
import type { CleanedBy } from './certificate-cleaning';
import type { DataState } from './certificates';
import { countInTime, type Session } from './connection';
import type { ConsentRecord } from './consents';

/** What decides whether a revoked consent is due to be cleaned. */
export type ConsentHead = Pick<
  ConsentRecord,
  'consent_id' | 'recorded_at' | 'email_hash' | 'mobile_hash' | 'data' | 'cleanup_id'
> & { terms: { subject: { ref: string | null } } & Pick<OwnTerms, 'retention_policy'> };
type OwnTerms = NonNullable<ConsentRecord['terms']>;

const HEAD = {
  consent_id: 1,
  recorded_at: 1,
  email_hash: 1,
  mobile_hash: 1,
  data: 1,
  cleanup_id: 1,
  'terms.subject.ref': 1,
  'terms.retention_policy': 1,
} as const;

/** Nothing follows a revoked version: it is the newest one. */
const REVOKED = { dialect: 'attestr', status: 'revoked' } as const;

/** Finding and cleaning revoked consents that are due. Nothing here touches their revocation. */
export function consentCleaning(connection: Connection) {
  const collection = connection.collection<ConsentRecord>('consents');
  const among = (companyId: string, ids: string[]) => ({
    consent_id: { $in: ids },
    company_id: companyId,
    dialect: 'attestr' as const,
  });
  const due = (companyId: string, data: DataState, before: Date) => ({
    company_id: companyId,
    ...REVOKED,
    data,
    recorded_at: { $lte: before },
    'terms.retention_policy': null,
  });
  return {
    /** How many of `dueByCompany` there are, counting up to `limit`; null when that takes too long. */
    countDue: (companyId: string, data: DataState, before: Date, limit: number) =>
      countInTime(connection, collection, due(companyId, data, before), { limit }),
    /** Those under the company's policy, revoked by `before`, in the state `data`; oldest first. */
    dueByCompany: (
      companyId: string,
      data: DataState,
      before: Date,
      batchSize: number,
    ): AsyncIterable<ConsentHead> =>
      collection.find<ConsentHead>(due(companyId, data, before), {
        projection: HEAD,
        sort: { recorded_at: 1 },
        batchSize,
      }),
    /** Those due by now under a policy of their own; longest due first. */
    dueByOwnPolicy: (companyId: string, now: Date, batchSize: number): AsyncIterable<ConsentHead> =>
      collection.find<ConsentHead>(
        { company_id: companyId, policy_due_at: { $gt: new Date(0), $lte: now } },
        { projection: HEAD, sort: { policy_due_at: 1 }, batchSize },
      ),
    /** Which of the companies have any that is due by now under a policy of its own. */
    withOwnPolicyDue: (companyIds: string[], now: Date): Promise<string[]> =>
      collection.distinct('company_id', {
        company_id: { $in: companyIds },
        policy_due_at: { $gt: new Date(0), $lte: now },
      }),
    findCleaningHeads: (companyId: string, ids: string[], session?: Session) =>
      collection
        .find<ConsentHead>(
          { ...among(companyId, ids), status: 'revoked' },
          { projection: HEAD, session },
        )
        .toArray(),
    /** Every version of the consents, in order. */
    findVersions: (companyId: string, ids: string[]) =>
      collection.find(among(companyId, ids)).sort({ consent_id: 1, version: 1 }).toArray(),
    /** The requests that revoked any of the consents. */
    revocationIds: (companyId: string, ids: string[], session: Session): Promise<string[]> =>
      collection.distinct(
        'revocation_id',
        { ...among(companyId, ids), status: 'revoked', revocation_id: { $ne: null } },
        { session },
      ) as Promise<string[]>,
    /** Which of the consents still have anything that could be removed. */
    notRemoved: (companyId: string, ids: string[], session: Session): Promise<string[]> =>
      collection.distinct(
        'consent_id',
        { consent_id: { $in: ids }, company_id: companyId, data: { $ne: 'removed' } },
        { session },
      ),
    /** The archive of a consent, or null. */
    archiveOf: async (consentId: string): Promise<string | null> => {
      const found = await collection.findOne({ consent_id: consentId, version: 0 });
      return found?.archive_id ?? null;
    },
    /**
     * Removes who consented from every version and, unless it is only anonymised, to what, and from
     * which IP and why each version was written.
     */
    clean: async (
      companyId: string,
      ids: string[],
      data: 'anonymised' | 'removed',
      by: CleanedBy,
      session: Session,
    ) => {
      const { cleanup_id, cleaned_at, archive_id } = by;
      const subject = { email: null, mobile: null, ref: null };
      const removed = data === 'removed' && {
        'terms.purposes': [],
        'terms.text': '',
        ip: null,
        reason: null,
      };
      await collection.updateMany(
        among(companyId, ids),
        {
          $set: {
            'terms.subject': subject,
            ...removed,
            data,
            cleanup_id,
            cleaned_at,
            policy_due_at: null,
            ...(archive_id !== null && { archive_id }),
          },
        },
        { session },
      );
    },
  };
}
