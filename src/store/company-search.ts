// Collection `companies`: searches of the operator.
import type { Connection } from 'mongoose';
import type { Company } from './companies';

const DEADLINE_MS = 2_000;
const SPECIAL = /[\\^$.*+?()[\]{}|]/g;

/** The operator's searches over companies. */
export function companySearchStore(connection: Connection) {
  const companies = connection.collection<Company>('companies');
  return {
    /**
     * Companies whose id or name contains a text, ignoring case, in order of id.
     * @param text taken literally; empty: all
     * @param after the last id of the previous page, or empty
     */
    findByText: (text: string, after: string, limit: number) => {
      const pattern = new RegExp(text.replace(SPECIAL, '\\$&'), 'i');
      const matching = text === '' ? {} : { $or: [{ _id: pattern }, { name: pattern }] };
      return companies
        .find(
          { $and: [{ _id: { $gt: after } }, matching] },
          { projection: { name: 1, created_at: 1 }, maxTimeMS: DEADLINE_MS },
        )
        .sort({ _id: 1 })
        .limit(limit)
        .toArray() as Promise<Pick<Company, '_id' | 'name' | 'created_at'>[]>;
    },
  };
}
