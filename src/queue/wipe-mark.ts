import type { Queues } from './queues';

/**
 * A key that exists as long as Redis has not been wiped since `setMark`: once it is gone, jobs and
 * schedules are gone too.
 */
const markKey = (prefix: string) => `${prefix}:not-wiped`;

/** Whether the mark is there. */
export async function hasMark(queues: Queues, prefix: string): Promise<boolean> {
  return (await queues.redis.exists(markKey(prefix))) === 1;
}

/** Sets the mark, once the schedules are back; lost jobs are enqueued again after that. */
export async function setMark(queues: Queues, prefix: string): Promise<void> {
  await queues.redis.set(markKey(prefix), '1');
}
