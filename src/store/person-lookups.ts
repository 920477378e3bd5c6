// Collection `certificates`: lookups by the person whose consents they are.
import { type Connection, mongo } from 'mongoose';
import { ANY_CASE } from './any-case';
import { lacking } from './certificate-channels';
import { ANY_CASE_INDEX } from './certificate-indexes';
import type { Certificate, Channel } from './certificates';
import { maxTime, type Session } from './connection';

/** What one person entered, as it is looked up: one of the three. */
export type PersonNames =
  { certificate_ids: string[] } | { email_hashes: string[] } | { mobile_hashes: string[] };

/** Consents of a month; `named`: those of the company that was asked about. */
export interface MonthCount {
  named: boolean;
  revoked: boolean;
  month: Date;
  count: number;
}

/** As much of what was agreed to as a page shows. */
const TEXTS_SHOWN = 10;
const CHARACTERS_SHOWN = 2_000;
const FIRST_TEXTS = {
  $map: {
    input: { $slice: ['$consents.text', TEXTS_SHOWN] },
    in: { $substrCP: ['$$this', 0, CHARACTERS_SHOWN] },
  },
};

/** What a person sees once they have proved who they are. */
export type OwnCertificate = Pick<Certificate, '_id' | 'company_id' | 'origin'> & {
  /** The time of its oldest consent. */
  given_at: Date;
  texts: string[];
};

/** What a search for anything shows of a certificate: nothing of the person. */
export type ListedCertificate = Pick<Certificate, '_id' | 'company_id' | 'created_at' | 'opt_out'>;
const LISTED = { company_id: 1, created_at: 1, opt_out: 1 } as const;

/** When a certificate's oldest consent was given; when it was registered, where none says. */
const GIVEN_AT = { $ifNull: [{ $min: '$consents.given_at' }, '$created_at'] };

/** The filter for each kind; the hashes by the indexes `person_email` and `person_mobile`. */
function named(names: PersonNames): object {
  if ('certificate_ids' in names) return { _id: { $in: names.certificate_ids } };
  if ('email_hashes' in names) return { email_hash: { $in: names.email_hashes } };
  return { mobile_hash: { $in: names.mobile_hashes } };
}

/**
 * The stages that count by month what was found.
 * @param revoked an expression that says of each whether it is revoked
 * @param date an expression for the time at which it was given
 */
export function countedByMonth(
  companyId: string | null,
  revoked: string | object,
  date: string | object,
) {
  const named = { $eq: ['$company_id', companyId] };
  const month = { $dateTrunc: { date, unit: 'month' } };
  return [
    { $group: { _id: { named, revoked, month }, count: { $sum: 1 } } },
    { $replaceWith: { $mergeObjects: ['$_id', { count: '$count' }] } },
  ];
}

/** Reads of the certificates across companies, for the person whose consents they are. */
export function personLookups(connection: Connection) {
  const certificates = connection.collection<Certificate>('certificates');
  const inTime = maxTime(connection);
  return {
    /** Counts by month what `names` names, revoked or not; at most `limit` certificates. */
    countByMonth: (names: PersonNames, companyId: string | null, limit: number) =>
      certificates
        .aggregate<MonthCount>(
          [
            { $match: named(names) },
            { $limit: limit },
            ...countedByMonth(companyId, '$opt_out.revoke', GIVEN_AT),
          ],
          inTime,
        )
        .toArray(),
    /** Up to `limit`, revoked or not, in the order of the index: company by company, newest first. */
    listed: (names: PersonNames, limit: number): Promise<ListedCertificate[]> =>
      certificates
        .find<ListedCertificate>(named(names), { ...inTime, projection: LISTED })
        .limit(limit)
        .toArray(),
    /** The newest that are not revoked. */
    newest: (names: PersonNames, limit: number) =>
      certificates
        .aggregate<OwnCertificate>(
          [
            { $match: { ...named(names), 'opt_out.revoke': false } },
            { $sort: { created_at: -1 } },
            { $limit: limit },
            {
              $project: { company_id: 1, origin: 1, texts: FIRST_TEXTS, given_at: GIVEN_AT },
            },
          ],
          inTime,
        )
        .toArray(),
    /**
     * The id of the one certificate that is called so, but for upper and lower case; null: there is
     * none, or more than one, or the index is still being built.
     */
    idInAnyCase: async (id: string): Promise<string | null> => {
      const only = { ...inTime, projection: { _id: 1 } };
      if (await certificates.findOne({ _id: id }, only)) return id;
      try {
        const found = await certificates
          .find({ _id: id }, { ...only, hint: ANY_CASE_INDEX, collation: ANY_CASE })
          .limit(2)
          .toArray();
        return found.length === 1 ? (found[0]?._id ?? null) : null;
      } catch (error) {
        // What was typed is looked up as it stands: nobody is kept from revoking.
        if (!isMissingHint(error)) throw error;
        return null;
      }
    },
    /**
     * Companies that have certificates, revoked or not; with `ids`, only of these certificates.
     * From the index alone, so that it is quick however many there are.
     */
    companyIds: (names: PersonNames, ids: string[] | null, session: Session): Promise<string[]> =>
      certificates.distinct(
        'company_id',
        ids === null ? named(names) : { $and: [named(names), { _id: { $in: ids } }] },
        { session },
      ),
    /** Those of `ids` that are the person's and the company's, and are to be flagged; see `Wanted`. */
    activeAmong: async (
      asked: {
        names: PersonNames;
        companyId: string;
        ids: string[];
        channels?: Channel[] | undefined;
      },
      session: Session,
    ) => {
      const { names, companyId, ids, channels } = asked;
      const mine = { $and: [named(names), { _id: { $in: ids } }] };
      const active = { ...mine, company_id: companyId, ...lacking(channels) };
      const found = await certificates.find(active, { session, projection: { _id: 1 } }).toArray();
      return found.map((certificate) => certificate._id);
    },
    /** Whether the person has any at the company that is not revoked, but for those of `ids`. */
    hasActiveBut: async (
      names: PersonNames,
      companyId: string,
      ids: string[],
      session: Session,
    ) => {
      const others = { $and: [named(names), { _id: { $nin: ids } }] };
      const active = { ...others, company_id: companyId, 'opt_out.revoke': false };
      return (await certificates.findOne(active, { session, projection: { _id: 1 } })) !== null;
    },
  };
}

/** Whether a read was refused since the index that it names does not exist: BadValue. */
function isMissingHint(error: unknown): boolean {
  return error instanceof mongo.MongoServerError && error.code === 2;
}
