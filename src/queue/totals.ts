import type { QueueName } from '../jobs/contract';
import type { Queues } from './queues';

/** How many jobs of a queue have ended since Redis was last empty. */
export interface QueueTotals {
  completed: number;
  /** For good: an attempt that is retried does not count. */
  failed: number;
}

/**
 * Reads what the workers have counted.
 * @throws whatever the connection throws while Redis is away
 */
export async function readQueueTotals({ byName }: Queues): Promise<Record<QueueName, QueueTotals>> {
  const entries = Object.entries(byName) as [QueueName, Queues['byName'][QueueName]][];
  const read = await Promise.all(
    entries.map(async ([name, queue]) => {
      const [completed, failed] = await Promise.all([
        queue.getMetrics('completed', 0, 0),
        queue.getMetrics('failed', 0, 0),
      ]);
      return [name, { completed: completed.meta.count, failed: failed.meta.count }] as const;
    }),
  );
  return Object.fromEntries(read) as Record<QueueName, QueueTotals>;
}
