import { Queue } from 'bullmq';
import { AppError } from '../errors';
import { JOBS, type JobKind, type JobPayload } from '../jobs/catalog';
import { type JobContract, QUEUE_NAMES, type QueueName } from '../jobs/contract';
import { distinct } from '../lib/distinct';
import { connectForRequests, type RedisClient } from './connection';
import { jobOptions } from './job-options';
import { onEachMaster, queuePrefix } from './masters';

/** Jobs that are added in one round trip: few, as Redis answers nobody else meanwhile. */
const JOBS_AT_A_TIME = 50;

/** A job that is to be added. */
export type NewJob = { [K in JobKind]: NewJobOf<K> }[JobKind];
interface NewJobOf<K extends JobKind> {
  kind: K;
  payload: JobPayload<K>;
  /** While a job with the same one waits or runs, another one is dropped. */
  dedupeId: string;
  /** Jobs of a lower rank are taken first; without one: first. */
  rank?: number;
}

/** The sending side of every queue. */
export interface Queues {
  redis: RedisClient;
  byName: Record<QueueName, Queue>;
  /** What the keys of queues begin with: in a Cluster each queue's lie in a slot of their own. */
  prefixes: string[];
  /**
   * Adds jobs; when it throws, some may have been added.
   * @throws AppError unavailable when Redis does not take them
   */
  enqueueAll: (jobs: NewJob[]) => Promise<void>;
  /** The same for a single one. */
  enqueue: <K extends JobKind>(kind: K, payload: JobPayload<K>, dedupeId: string) => Promise<void>;
  /** @throws whatever the connection throws unless Redis answers; of a Cluster, every queue's master */
  ping: () => Promise<void>;
  /** Sends a command as it stands; a script is loaded into every master of a Cluster. */
  call: (command: string, ...args: string[]) => Promise<unknown>;
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
      prefix: queuePrefix(redis, prefix, name),
      // Redis must not be asked anything before it is needed: a queue that fails once at its
      // start would fail for ever.
      skipMetasUpdate: true,
      skipVersionCheck: true,
      skipWaitingForReady: true,
    });
    queue.on('error', onError);
    return [name, queue] as const;
  });
  const prefixes = distinct(QUEUE_NAMES.map((name) => queuePrefix(redis, prefix, name)));
  const byName = Object.fromEntries(queues) as Record<QueueName, Queue>;
  const enqueueAll = async (jobs: NewJob[]): Promise<void> => {
    // Parsed before any is added: an invalid one is a mistake of ours.
    const bulk = jobs.map((job) => ({ queue: byName[JOBS[job.kind].queue], job: bulkJob(job) }));
    try {
      for (const queue of new Set(bulk.map((one) => one.queue))) {
        const mine = bulk.flatMap((one) => (one.queue === queue ? [one.job] : []));
        while (mine.length > 0) await queue.addBulk(mine.splice(0, JOBS_AT_A_TIME));
      }
    } catch (error) {
      onError(error as Error);
      throw new AppError('unavailable');
    }
  };
  return {
    redis,
    byName,
    prefixes,
    enqueueAll,
    enqueue: (kind, payload, dedupeId) => enqueueAll([{ kind, payload, dedupeId } as NewJob]),
    ping: async () => {
      // By key: a dead master is no longer among those that the connection lists.
      await Promise.all(prefixes.map((one) => redis.exists(one)));
    },
    call: async (command, ...args) => {
      if (command !== 'SCRIPT') return redis.call(command, ...args);
      return (await onEachMaster(redis, (master) => master.call(command, ...args)))[0];
    },
    close: async () => {
      await Promise.all(Object.values(byName).map((queue) => queue.close()));
      redis.disconnect();
    },
  };
}

function bulkJob({ kind, payload, dedupeId, rank = 0 }: NewJob) {
  const contract: JobContract = JOBS[kind];
  return {
    name: kind,
    data: contract.payload.parse(payload),
    opts: { ...jobOptions(contract), deduplication: { id: dedupeId }, priority: rank },
  };
}
