import type { Connection } from 'mongoose';
import type { Session } from './connection';
import type { ConsentRecord } from './consents';
import type { MonthCount, PersonNames } from './person-lookups';

/** What a person who has proved who they are gets to see. */
export type OwnTerms = Pick<ConsentRecord, 'consent_id' | 'company_id' | 'terms' | 'given_at'>;

/** What names a consent; the hashes by the indexes `person_email` and `person_mobile`. */
function named(names: PersonNames): object {
  if ('certificate_id' in names) return { consent_id: names.certificate_id, dialect: 'attestr' };
  if ('email_hashes' in names) return { email_hash: { $in: names.email_hashes } };
  return { mobile_hash: { $in: names.mobile_hashes } };
}

/**
 * The consents that name a person in their newest version, in that version, newest first; an older
 * version may have named another person.
 * @param among conditions that every version of a consent fulfils, or none
 */
function namedNow(names: PersonNames, among: object = {}, limit = Number.MAX_SAFE_INTEGER) {
  return [
    { $match: { $and: [named(names), among] } },
    { $group: { _id: '$consent_id', given_at: { $first: '$given_at' } } },
    { $sort: { given_at: -1 as const } },
    { $limit: limit },
    {
      $lookup: {
        from: 'consents',
        localField: '_id',
        foreignField: 'consent_id',
        pipeline: [{ $sort: { version: -1 as const } }, { $limit: 1 }],
        as: 'versions',
      },
    },
    { $replaceRoot: { newRoot: { $first: '$versions' } } },
    { $match: named(names) },
  ];
}

/** Reads of the consents of the Attestr dialect across companies, for the person who gave them. */
export function personConsents(connection: Connection) {
  const consents = connection.collection<ConsentRecord>('consents');
  return {
    /** Counts by month what `names` names, revoked or not; at most `limit` consents. */
    countByMonth: (names: PersonNames, companyId: string | null, limit: number) =>
      consents
        .aggregate<MonthCount>([
          ...namedNow(names, {}, limit),
          {
            $group: {
              _id: {
                named: { $eq: ['$company_id', companyId] },
                revoked: { $eq: ['$status', 'revoked'] },
                month: { $dateTrunc: { date: '$given_at', unit: 'month' } },
              },
              count: { $sum: 1 },
            },
          },
          { $replaceWith: { $mergeObjects: ['$_id', { count: '$count' }] } },
        ])
        .toArray(),
    /** The newest that are not revoked. */
    newest: (names: PersonNames, limit: number) =>
      consents
        .aggregate<OwnTerms>([
          ...namedNow(names),
          { $match: { status: 'granted' } },
          { $limit: limit },
          { $project: { consent_id: 1, company_id: 1, terms: 1, given_at: 1 } },
        ])
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
      companyId: string,
      ids: string[] | null,
      limit: number,
      session: Session,
    ) => {
      const among = { company_id: companyId, ...(ids && { consent_id: { $in: ids } }) };
      return consents
        .aggregate<ConsentRecord>(
          [...namedNow(names, among), { $match: { status: 'granted' } }, { $limit: limit }],
          { session },
        )
        .toArray();
    },
  };
}
