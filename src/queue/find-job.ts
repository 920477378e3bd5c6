import type { QueueName } from '../jobs/contract';
import type { Queues } from './queues';

/**
 * The kind and payload of a job in any state; null: there is none.
 * @throws whatever the connection throws while Redis is away
 */
export async function findJob(
  { byName }: Queues,
  queue: QueueName,
  id: string,
): Promise<{ kind: string; payload: unknown } | null> {
  const job = await byName[queue].getJob(id);
  return job ? { kind: job.name, payload: job.data as unknown } : null;
}
