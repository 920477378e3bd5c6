// Collection `certificates`: third parties that have checked them.
import type { Connection } from 'mongoose';
import type { Certificate } from './certificates';
import type { Session } from './connection';

/** Who else has checked certificates. */
export function checkerQueries(connection: Connection) {
  const certificates = connection.collection<Certificate>('certificates');
  return {
    /** Notes which certificates each company has checked that are another's; those noted before are left alone. */
    noteCheckers: async (checked: ReadonlyMap<string, string[]>, session: Session) => {
      const writes = [...checked].map(([company, ids]) => ({
        updateMany: {
          filter: { _id: { $in: ids }, checked_by: { $ne: company } },
          update: { $addToSet: { checked_by: company } },
        },
      }));
      await certificates.bulkWrite(writes, { session });
    },
    /** Who has checked each of these certificates, where somebody has. */
    checkers: async (ids: string[]): Promise<Map<string, string[]>> => {
      const found = await certificates
        .find({ _id: { $in: ids }, checked_by: { $exists: true } })
        .project<Pick<Certificate, '_id' | 'checked_by'>>({ checked_by: 1 })
        .toArray();
      return new Map(found.map(({ _id, checked_by = [] }) => [_id, checked_by]));
    },
  };
}
