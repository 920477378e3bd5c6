// Every collection that is an outbox: what is not done yet.
import type { Connection } from 'mongoose';

/** Recorded work whose follow-up goes through the queue. */
interface Pending {
  _id: string;
  job_ref?: string;
  requested_at: Date;
  enqueued_at: Date | null;
}

/**
 * The outbox of a collection: what is recorded in it and not done yet.
 * @param collectionName where the work is recorded
 * @param pending filter of what is not done; the index `pending` is partial by it
 * @param jobName the field by which jobs name the work
 */
export function pendingQueries(
  connection: Connection,
  collectionName: string,
  pending: Record<string, unknown>,
  jobName: '_id' | 'job_ref',
) {
  const collection = connection.collection<Pending>(collectionName);
  return {
    /** Job names, oldest first: recorded before `requestedBefore`, not enqueued since `enqueuedBefore`. */
    findPending: async (requestedBefore: Date, enqueuedBefore: Date, limit: number) => {
      const found = await collection
        .find({
          ...pending,
          requested_at: { $lt: requestedBefore },
          $or: [{ enqueued_at: null }, { enqueued_at: { $lt: enqueuedBefore } }],
        })
        .project<Pending>({ [jobName]: 1 })
        .sort({ requested_at: 1 })
        .limit(limit)
        .toArray();
      return found.flatMap((one) => one[jobName] ?? []);
    },
    /** Notes that the job of this name was handed to the queue. */
    markEnqueued: async (name: string, at: Date) => {
      await collection.updateOne({ [jobName]: name }, { $set: { enqueued_at: at } });
    },
    /** When the oldest was recorded, or null. */
    oldestPendingAt: async (): Promise<Date | null> => {
      const [oldest] = await collection
        .find(pending)
        .project<Pending>({ requested_at: 1 })
        .sort({ requested_at: 1 })
        .limit(1)
        .toArray();
      return oldest?.requested_at ?? null;
    },
  };
}
