import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { AppError } from '../errors';
import { JOBS, type JobKind, type JobPayload } from '../jobs/catalog';
import { QUEUE_NAMES, type QueueName } from '../jobs/contract';
import { connectForRequests } from './connection';
import { jobOptions } from './job-options';

/** The sending side of every queue. */
export interface Queues {
  redis: Redis;
  byName: Record<QueueName, Queue>;
  /**
   * Adds a job. While one with the same `dedupeId` waits or runs, another one is dropped.
   * @param rank jobs of a lower rank are taken first; 0 for most
   * @throws AppError unavailable when Redis does not take it
   */
  enqueue: <K extends JobKind>(
    kind: K,
    payload: JobPayload<K>,
    dedupeId: string,
    rank?: number,
  ) => Promise<void>;
  close: () => Promise<void>;
}

/**
 * Opens the queues; returns at once, also when Redis is away.
 * @param onError called with every connection error
 */
export function openQueues(url: string, prefix: string, onError: (error: Error) => void): Queues {
  const redis = connectForRequests(url);
  redis.on('error', onError);
  const queues = QUEUE_NAMES.map((name) => {
    const queue = new Queue(name, {
      connection: redis,
      prefix,
      // Redis must not be asked anything before it is needed: a queue that fails once at its
      // start would fail for ever.
      skipMetasUpdate: true,
      skipVersionCheck: true,
      skipWaitingForReady: true,
    });
    queue.on('error', onError);
    return [name, queue] as const;
  });
  const byName = Object.fromEntries(queues) as Record<QueueName, Queue>;
  return {
    redis,
    byName,
    enqueue: async (kind, payload, dedupeId, rank = 0) => {
      const job = JOBS[kind];
      const parsed = job.payload.parse(payload);
      try {
        await byName[job.queue].add(kind, parsed, {
          ...jobOptions(job),
          deduplication: { id: dedupeId },
          priority: rank,
        });
      } catch (error) {
        onError(error as Error);
        throw new AppError('unavailable');
      }
    },
    close: async () => {
      await Promise.all(Object.values(byName).map((queue) => queue.close()));
      redis.disconnect();
    },
  };
}
