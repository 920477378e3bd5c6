// Collection `batches`: what a company has open, stored and running.
import { type BatchKind, storedKind } from './batch-kinds';
import type { BatchModel } from './batches';
import type { Session } from './connection';
import { sumOf } from './sum';

/** What counts towards a company's limits on uploads, and whose turn it is. */
export function companyBatchQueries(model: BatchModel) {
  const open = (companyId: string) => ({ company_id: companyId, open: true as const });
  const stored = (companyId: string) => ({
    company_id: companyId,
    upload_expires_at: { $type: 'date' as const },
  });
  return {
    /** Files on their way in, and batches with work left. */
    countOpenUploads: async (companyId: string, session?: Session) => {
      const options = session ? { session } : {};
      const receiving = { company_id: companyId, state: 'receiving' as const };
      const arriving = await model.countDocuments(receiving, options);
      return arriving + (await model.countDocuments(open(companyId), { session }));
    },
    /** Bytes of all stored files, and when the first of them is due for removal. */
    storedUploads: async (companyId: string, session: Session) => {
      const [found] = await model
        .aggregate<{ bytes: number; first: Date | null }>([
          { $match: stored(companyId) },
          {
            $group: {
              _id: null,
              bytes: { $sum: '$upload.bytes' },
              first: { $min: '$upload_expires_at' },
            },
          },
        ])
        .session(session);
      return found ?? { bytes: 0, first: null };
    },
    /** Batches of a company with work left, newest request first. */
    openOf: (companyId: string, kind: BatchKind, limit: number) =>
      model
        .find({ ...open(companyId), kind: storedKind(kind) })
        .sort({ requested_at: -1 })
        .limit(limit)
        .lean()
        .exec(),
    /** µUSD reserved for rows of a company's scrubs, each of which is open as long as it has any. */
    sumReserved: (companyId: string, session?: Session): Promise<number> =>
      sumOf(
        model,
        'scrub.reserved_microusd',
        { ...open(companyId), 'scrub.reserved_microusd': { $gt: 0 } },
        session,
      ),
    /** Open batches of a company that were requested before this one, at most `limit`. */
    countBefore: (companyId: string, requestedAt: Date, limit: number) =>
      model.countDocuments({ ...open(companyId), requested_at: { $lt: requestedAt } }, { limit }),
    /** Batches of a company, other than this one, that a worker holds; by the server's clock. */
    countRunning: (companyId: string, exceptId: string) =>
      model.countDocuments({
        ...open(companyId),
        _id: { $ne: exceptId },
        $expr: { $gt: ['$lease_until', '$$NOW'] },
      }),
    /** The company's oldest file that waits for a worker, or null; by the server's clock. */
    findWaiting: async (companyId: string): Promise<string | null> => {
      const found = await model
        .findOne(
          {
            ...open(companyId),
            upload: { $ne: null },
            $expr: { $lte: ['$lease_until', '$$NOW'] },
          },
          { _id: 1 },
        )
        .sort({ requested_at: 1 })
        .lean();
      return found?._id ?? null;
    },
  };
}
