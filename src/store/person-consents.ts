// Collection `consents`: lookups by the person who gave them.
import type { Connection } from 'mongoose';
import { countInTime, maxTime, type Session } from './connection';
import type { ConsentRecord } from './consents';
import { countedByMonth, type MonthCount, type PersonNames } from './person-lookups';

/** What a person sees once they have proved who they are. */
export type OwnTerms = Pick<ConsentRecord, 'consent_id' | 'company_id' | 'terms' | 'given_at'>;

/** What a search for anything shows of a consent. */
export type ListedConsent = Pick<
  ConsentRecord,
  'consent_id' | 'company_id' | 'status' | 'given_at'
>;

/** Which company's consents of a person, and which of those. */
interface Whose {
  companyId: string;
  ids: string[] | null;
  givenBy?: Date | undefined;
}

/** What names a consent; the hashes by the indexes `person_email` and `person_mobile`. */
function named(names: PersonNames): object {
  if ('certificate_ids' in names) {
    return { consent_id: { $in: names.certificate_ids }, dialect: 'attestr' };
  }
  if ('email_hashes' in names) return { email_hash: { $in: names.email_hashes } };
  return { mobile_hash: { $in: names.mobile_hashes } };
}

/**
 * The consents that name a person in their newest version, in that version, newest first; an older
 * version may have named another person.
 * @param which conditions on what is the same in all versions, and on whether one is revoked
 * @param leftOut fields to leave out
 */
function namedNow(
  names: PersonNames,
  which: { among?: object; grantedOnly: boolean; limit?: number },
  leftOut: string[] = [],
) {
  const { among = {}, grantedOnly, limit = Number.MAX_SAFE_INTEGER } = which;
  const revoked = { $max: { $eq: ['$status', 'revoked'] } };
  return [
    { $match: { $and: [named(names), among] } },
    { $group: { _id: '$consent_id', given_at: { $first: '$given_at' }, revoked } },
    { $match: grantedOnly ? { revoked: false } : {} },
    { $sort: { given_at: -1 as const } },
    { $limit: limit },
    {
      $lookup: {
        from: 'consents',
        localField: '_id',
        foreignField: 'consent_id',
        pipeline: [
          { $sort: { version: -1 as const } },
          { $limit: 1 },
          ...leftOut.map((field) => ({ $unset: field })),
        ],
        as: 'versions',
      },
    },
    { $replaceRoot: { newRoot: { $first: '$versions' } } },
    { $match: { ...named(names), ...(grantedOnly && { status: 'granted' }) } },
  ];
}

/** Reads of the consents of the Attestr dialect across companies, for the person who gave them. */
export function personConsents(connection: Connection) {
  const consents = connection.collection<ConsentRecord>('consents');
  const inTime = maxTime(connection);
  return {
    /**
     * How many consents of a company named a person when they were given, by any of the hashes or by
     * reference, counting up to `limit`; null when that takes too long. References have no index.
     */
    countOfCompany: (
      companyId: string,
      who: { email_hashes: string[]; mobile_hashes: string[] } | { ref: string },
      limit: number,
    ) => {
      const first = { company_id: companyId, dialect: 'attestr' as const, version: 0 };
      const filter =
        'ref' in who
          ? { ...first, 'terms.subject.ref': who.ref }
          : {
              ...first,
              ...(who.email_hashes.length > 0
                ? { email_hash: { $in: who.email_hashes } }
                : { mobile_hash: { $in: who.mobile_hashes } }),
            };
      return countInTime(connection, consents, filter, { limit });
    },
    /** Counts by month what `names` names, revoked or not; at most `limit` consents. */
    countByMonth: (names: PersonNames, companyId: string | null, limit: number) =>
      consents
        .aggregate<MonthCount>(
          [
            ...namedNow(names, { grantedOnly: false, limit }, ['terms']),
            ...countedByMonth(companyId, { $eq: ['$status', 'revoked'] }, '$given_at'),
          ],
          inTime,
        )
        .toArray(),
    /** The newest, revoked or not, without what names the person. */
    listed: (names: PersonNames, limit: number): Promise<ListedConsent[]> =>
      consents
        .aggregate<ListedConsent>(
          [
            ...namedNow(names, { grantedOnly: false, limit }, ['terms']),
            { $project: { consent_id: 1, company_id: 1, status: 1, given_at: 1 } },
          ],
          inTime,
        )
        .toArray(),
    /** The newest that are not revoked. */
    newest: (names: PersonNames, limit: number) =>
      consents
        .aggregate<OwnTerms>(
          [
            ...namedNow(names, { grantedOnly: true }),
            { $limit: limit },
            { $project: { consent_id: 1, company_id: 1, terms: 1, given_at: 1 } },
          ],
          inTime,
        )
        .toArray(),
    /** Companies that have any, revoked or not; with `ids`, only of these consents. */
    companyIds: (names: PersonNames, ids: string[] | null, session: Session): Promise<string[]> =>
      consents.distinct(
        'company_id',
        { $and: [named(names), ids === null ? {} : { consent_id: { $in: ids } }] },
        { session },
      ),
    /** Up to `limit` of a company's that are not revoked; with `ids`, only of these consents. */
    granted: (
      names: PersonNames,
      { companyId, ids, givenBy }: Whose,
      limit: number,
      session: Session,
    ) => {
      const among = {
        company_id: companyId,
        ...(ids && { consent_id: { $in: ids } }),
        ...(givenBy && { given_at: { $lte: givenBy } }),
      };
      const found = namedNow(names, { among, grantedOnly: true });
      return consents
        .aggregate<ConsentRecord>([...found, { $limit: limit }], { session })
        .toArray();
    },
  };
}
