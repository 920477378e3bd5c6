import type { Queues } from './queues';

/**
 * Keys that exist as long as Redis has not been wiped since `setMarks`, one beside each queue's: of a
 * Cluster, one master may lose everything alone. Once one is gone, jobs and schedules are gone too.
 */
function markKeys({ prefixes }: Queues): string[] {
  return prefixes.map((prefix) => `${prefix}:not-wiped`);
}

/** Whether all marks are there. */
export async function hasMarks(queues: Queues): Promise<boolean> {
  const found = await Promise.all(markKeys(queues).map((key) => queues.redis.exists(key)));
  return found.every((count) => count === 1);
}

/** Sets the marks, once the schedules are back; lost jobs are enqueued again after that. */
export async function setMarks(queues: Queues): Promise<void> {
  await Promise.all(markKeys(queues).map((key) => queues.redis.set(key, '1')));
}
