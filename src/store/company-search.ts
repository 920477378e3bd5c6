import type { Connection } from 'mongoose';
import type { Company } from './companies';

const DEADLINE_MS = 2_000;
const SPECIAL = /[\\^$.*+?()[\]{}|]/g;

/** Reads of all companies for the operator. */
export function companySearchStore(connection: Connection) {
  const companies = connection.collection<Company>('companies');
  return {
    /**
     * Companies whose id or name contains a text, whatever its case, in the order of their ids.
     * @param text taken literally; empty: all
     * @param after the last id of the page before, or empty
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
