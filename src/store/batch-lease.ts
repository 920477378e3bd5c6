import type { Batch, BatchModel, BatchState } from './batches';
import type { Session } from './connection';

/** Who works on a batch, and how far it has come: only its holder writes progress. */
export function leaseQueries(model: BatchModel) {
  return {
    /**
     * Takes an open batch to work on it, unless somebody else does; by the server's clock.
     * @returns it with a fence of its own, or null
     */
    lease: (id: string, forMs: number) =>
      model
        .findOneAndUpdate(
          { _id: id, open: true, $expr: { $lte: ['$lease_until', '$$NOW'] } },
          [
            {
              $set: {
                fence: { $add: ['$fence', 1] },
                lease_until: { $add: ['$$NOW', forMs] },
                state: { $cond: [{ $eq: ['$state', 'queued'] }, 'parsing', '$state'] },
              },
            },
          ],
          { returnDocument: 'after', updatePipeline: true },
        )
        .lean()
        .exec(),
    /**
     * Writes progress and extends the lease, if the batch is still held under `fence`.
     * @param change.add what is added to counters
     * @param change.state where one that is being worked on moves to: a cancelled one stays so
     * @returns it as it is then, or null when somebody else holds it
     */
    progress: (
      id: string,
      fence: number,
      change: {
        add?: Partial<Record<keyof Batch, number>>;
        set?: Partial<Batch>;
        state?: BatchState;
        leaseMs: number;
      },
      session?: Session,
    ) => {
      const added = Object.entries(change.add ?? {}).map(([field, by]) => [
        field,
        { $add: [`$${field}`, by] },
      ]);
      const set = Object.entries(change.set ?? {}).map(([field, value]) => [
        field,
        { $literal: value },
      ]);
      const moving = { $in: ['$state', ['parsing', 'revoking', 'recording']] };
      const fields = {
        ...Object.fromEntries([...added, ...set]),
        ...(change.state && { state: { $cond: [moving, change.state, '$state'] } }),
        lease_until: { $add: ['$$NOW', change.leaseMs] },
      } as Record<string, unknown>;
      return model
        .findOneAndUpdate({ _id: id, fence }, [{ $set: fields }], {
          returnDocument: 'after',
          updatePipeline: true,
          session,
        })
        .lean()
        .exec();
    },
    /** Lets the next one have it without waiting for the lease to run out. */
    release: async (id: string, fence: number) => {
      await model.updateOne({ _id: id, fence }, { $set: { lease_until: null } });
    },
  };
}
