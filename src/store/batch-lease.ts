// Collection `batches`: leases and progress.
import type { Batch, BatchModel, BatchState } from './batches';
import type { Session } from './connection';

/** More are not kept: a file that changes hands this often is in trouble anyway. */
const MAX_LEASES = 20;

/** The leases, the one that is open ended; none in a batch of earlier releases. */
function ended(at: string, lost: boolean) {
  const end = { $mergeObjects: ['$$one', { ended_at: at, lost }] };
  return {
    $map: {
      input: { $ifNull: ['$leases', []] },
      as: 'one',
      in: { $cond: [{ $eq: ['$$one.ended_at', null] }, end, '$$one'] },
    },
  };
}

/** What was not given back was lost when it ran out. */
const withNewLease = {
  $slice: [
    {
      $concatArrays: [
        ended('$lease_until', true),
        [
          {
            fence: { $add: ['$fence', 1] },
            at: '$$NOW',
            rows_read: '$rows_read',
            ended_at: null,
            lost: false,
          },
        ],
      ],
    },
    -MAX_LEASES,
  ],
};

/** Leases of batches, and progress, which only the holder of the lease writes. */
export function leaseQueries(model: BatchModel) {
  return {
    /**
     * Leases an open batch unless another process holds it; by the server's clock. The start is
     * counted until there is progress or the lease is released, so that a killed holder counts.
     * @returns the batch with a new fencing token, or null
     */
    lease: (id: string, forMs: number) =>
      model
        .findOneAndUpdate(
          { _id: id, open: true, $expr: { $lte: ['$lease_until', '$$NOW'] } },
          [
            {
              $set: {
                fence: { $add: ['$fence', 1] },
                starts: { $add: [{ $ifNull: ['$starts', 0] }, 1] },
                lease_until: { $add: ['$$NOW', forMs] },
                leases: withNewLease,
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
     * @param change.add what to add to counters
     * @param change.state the next state of an active batch; a cancelled one stays cancelled
     * @returns the batch after the change, or null when another process holds it
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
        { $add: [{ $ifNull: [`$${field}`, 0] }, by] },
      ]);
      const set = Object.entries(change.set ?? {}).map(([field, value]) => [
        field,
        { $literal: value },
      ]);
      const moving = { $in: ['$state', ['parsing', 'revoking', 'answering', 'recording']] };
      const fields = {
        ...Object.fromEntries([...added, ...set]),
        ...(change.state && { state: { $cond: [moving, change.state, '$state'] } }),
        lease_until: { $add: ['$$NOW', change.leaseMs] },
        progress_at: '$$NOW',
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
    /** Ends the lease, so that the next process need not wait for it to expire. */
    release: async (id: string, fence: number) => {
      await model.updateOne(
        { _id: id, fence },
        [
          {
            $set: {
              lease_until: null,
              starts: { $max: [{ $subtract: ['$starts', 1] }, 0] },
              leases: ended('$$NOW', false),
            },
          },
        ],
        { updatePipeline: true },
      );
    },
  };
}
