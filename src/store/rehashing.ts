// The keyed hashes in `certificates` and `consents`, and by what certificates are searched.
import type { Connection } from 'mongoose';

/** What holds keyed hashes of emails and mobiles beside the plain values. */
export const HASHED_COLLECTIONS = ['certificates', 'consents'] as const;
export type HashedCollection = (typeof HASHED_COLLECTIONS)[number];

/** An email and a mobile, and the hashes of them. */
export interface HashedPerson {
  _id: string;
  email: string | null;
  mobile: string | null;
  email_hash: string | null;
  mobile_hash: string | null;
  /** The email as searches compare it. */
  email_search: string | null;
}

/** What a record should have instead. */
export interface Rehashed {
  was: HashedPerson;
  set: Partial<Pick<HashedPerson, 'email_hash' | 'mobile_hash' | 'email_search'>>;
}

const PLAIN_FIELDS: Record<HashedCollection, { email: string; mobile: string }> = {
  certificates: { email: 'email', mobile: 'mobile' },
  consents: { email: 'terms.subject.email', mobile: 'terms.subject.mobile' },
};

/** Writing hashes again where their plain values are still there. */
export function rehashingStore(connection: Connection) {
  return {
    /** Records in the order of their ids, from after `cursor` on. */
    page: (of: HashedCollection, cursor: string, limit: number): Promise<HashedPerson[]> => {
      const { email, mobile } = PLAIN_FIELDS[of];
      return connection
        .collection<{ _id: string }>(of)
        .find({ _id: { $gt: cursor } })
        .project<HashedPerson>({
          email: { $ifNull: [`$${email}`, null] },
          mobile: { $ifNull: [`$${mobile}`, null] },
          email_hash: 1,
          mobile_hash: 1,
          email_search: { $ifNull: ['$email_search', null] },
        })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray();
    },
    /** Writes new hashes, each only if the record still has the plain values it was made from. */
    write: async (of: HashedCollection, records: Rehashed[]) => {
      const { email, mobile } = PLAIN_FIELDS[of];
      if (records.length === 0) return;
      await connection.collection<{ _id: string }>(of).bulkWrite(
        records.map(({ was, set }) => ({
          updateOne: {
            filter: { _id: was._id, [email]: was.email, [mobile]: was.mobile },
            update: { $set: set },
          },
        })),
        { ordered: false },
      );
    },
  };
}
