// Collection `batches`: failed and stuck ones.
import type { Connection } from 'mongoose';
import type { Batch } from './batches';

/** Batches of all companies that need an operator's attention. */
export function troubledBatchStore(connection: Connection) {
  const batches = connection.collection<Batch>('batches');
  return {
    /** Those that have failed, newest first. */
    findFailed: (limit: number): Promise<Batch[]> =>
      batches.find({ state: 'failed' }).sort({ created_at: -1 }).limit(limit).toArray(),
    /** Open ones requested before `before` and not leased since, oldest first. */
    findStuck: (before: Date, limit: number): Promise<Batch[]> =>
      batches
        .find({
          open: true,
          requested_at: { $lt: before },
          $or: [{ lease_until: null }, { lease_until: { $lt: before } }],
        })
        .sort({ requested_at: 1 })
        .limit(limit)
        .toArray(),
  };
}
