// Every collection that is an outbox: what is not done yet.
import type { Connection } from 'mongoose';
import { distinct } from '../lib/distinct';
import { maxTime } from './connection';

/** Recorded work whose follow-up goes through the queue. */
interface Pending {
  _id: string;
  job_ref?: string;
  requested_at: Date;
  enqueued_at: Date | null;
  enqueued_with?: string;
}

/** Key of the index by which what waits to be enqueued is found, however much waits in the queue. */
export const TO_ENQUEUE = { enqueued_at: 1, requested_at: 1 } as const;

/**
 * The outbox of a collection: what is recorded in it and not done yet.
 * @param collectionName where the work is recorded
 * @param pending filter of what is not done; the indexes `pending` and `to_enqueue` are partial by it
 * @param jobName the field by which jobs name the work
 */
export function pendingQueries(
  connection: Connection,
  collectionName: string,
  pending: Record<string, unknown>,
  jobName: '_id' | 'job_ref',
) {
  const collection = connection.collection<Pending>(collectionName);
  const inTime = maxTime(connection);
  const first = async (
    filter: Record<string, unknown>,
    sort: Record<string, 1>,
    limit: number,
  ): Promise<string[]> => {
    const found = await collection
      .find({ ...pending, ...filter })
      .project<Pending>({ [jobName]: 1 })
      .sort(sort)
      .limit(limit)
      .toArray();
    return found.flatMap((one) => one[jobName] ?? []);
  };
  return {
    /** Job names: recorded before `requestedBefore`, not enqueued since `enqueuedBefore`. */
    findPending: async (requestedBefore: Date, enqueuedBefore: Date, limit: number) => {
      const requested_at = { $lt: requestedBefore };
      const fresh = await first({ requested_at, enqueued_at: null }, { requested_at: 1 }, limit);
      if (fresh.length === limit) return fresh;
      // One after the other: a single query would have to go through all that wait in the queue.
      const lost = { requested_at, enqueued_at: { $gt: new Date(0), $lt: enqueuedBefore } };
      const again = await first(lost, { enqueued_at: 1 }, limit - fresh.length);
      // One that is handed over in between is in both.
      return distinct([...fresh, ...again]);
    },
    /** Notes that these were handed to the queue: in the job of a group, or each in one of its own. */
    markEnqueued: async (names: string[], at: Date, group: string | null) => {
      const change =
        group === null
          ? { $set: { enqueued_at: at }, $unset: { enqueued_with: '' as const } }
          : { $set: { enqueued_at: at, enqueued_with: group } };
      await collection.updateMany({ [jobName]: { $in: names } }, change);
    },
    /** When each was last handed to the queue, and with which group; by their `_id`. */
    findHandedOver: (ids: string[]) =>
      collection
        .find({ _id: { $in: ids } })
        .project<Pick<Pending, '_id' | 'enqueued_at' | 'enqueued_with'>>({
          enqueued_at: 1,
          enqueued_with: 1,
        })
        .toArray(),
    /** When the oldest was recorded, or null. */
    oldestPendingAt: async (): Promise<Date | null> => {
      const [oldest] = await collection
        .find(pending, inTime)
        .project<Pending>({ requested_at: 1 })
        .sort({ requested_at: 1 })
        .limit(1)
        .toArray();
      return oldest?.requested_at ?? null;
    },
  };
}
