import type { QueueName } from '../jobs/contract';
import type { Queues } from './queues';

const STATES = ['waiting', 'prioritized', 'delayed', 'active', 'failed', 'completed'] as const;

/** How full a queue is, and how long its first job has been waiting. */
export interface QueueDepth {
  queue: QueueName;
  jobs: Record<string, number>;
  /** 0 when nothing waits. */
  oldestWaitingSeconds: number;
  /** An operator has stopped it: no worker takes its jobs. */
  paused: boolean;
}

/**
 * Looks at every queue.
 * @throws whatever the connection throws while Redis is away
 */
export function readQueueDepths({ byName }: Queues): Promise<QueueDepth[]> {
  const entries = Object.entries(byName) as [QueueName, Queues['byName'][QueueName]][];
  return Promise.all(
    entries.map(async ([name, queue]) => {
      const [jobs, [next], [nextRanked], paused] = await Promise.all([
        queue.getJobCounts(...STATES),
        queue.getJobs(['waiting'], 0, 0, true),
        queue.getJobs(['prioritized'], 0, 0, true),
        queue.isPaused(),
      ]);
      const since = Math.min(next?.timestamp ?? Infinity, nextRanked?.timestamp ?? Infinity);
      // Stamped by the process that enqueued it, and only shown.
      // eslint-disable-next-line no-restricted-syntax
      const waitedMs = since === Infinity ? 0 : Math.max(0, Date.now() - since);
      return { queue: name, jobs, oldestWaitingSeconds: waitedMs / 1_000, paused };
    }),
  );
}
