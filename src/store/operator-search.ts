// Collection `companies`: what the operator's search finds by its beginning.
import type { Connection } from 'mongoose';
import { ANY_CASE } from './any-case';
import type { Company } from './companies';
import { atMost } from './connection';

const SEARCH_MS = 1_000;
/** Greater than all else where letters are compared by a language's rules. */
const LAST = '\uffff';

/** A company as a search shows it. */
export type NamedCompany = Pick<Company, '_id' | 'name' | 'created_at'>;

/** The operator's search over companies. */
export function operatorSearchStore(connection: Connection) {
  const companies = connection.collection<Company>('companies');
  const projection = { name: 1, created_at: 1 };
  return {
    /** Up to `limit` whose id or name begins with a text, in either case; by indexes of both. */
    companiesBeginning: (text: string, limit: number) => {
      const begins = { $gte: text, $lt: text + LAST };
      return companies
        .find<NamedCompany>(
          { $or: [{ _id: begins }, { name: begins }] },
          { ...atMost(connection, SEARCH_MS), projection, collation: ANY_CASE },
        )
        .limit(limit)
        .toArray();
    },
  };
}
