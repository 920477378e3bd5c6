import type { Job } from 'bullmq';
import { QUEUE_NAMES, type QueueName } from '../jobs/contract';
import type { Queues } from './queues';

/** A job that failed for good, or that waits for its next try. */
export interface TroubledJob {
  queue: QueueName;
  id: string;
  kind: string;
  payload: unknown;
  state: 'failed' | 'retrying';
  attempts: number;
  /** A code; see `jobFailure`. */
  error: string;
  /** Of the last try. */
  triedAt: Date;
}

/**
 * The newest of each queue, failed ones first.
 * @param perQueue how many of each state to read at most
 * @throws whatever the connection throws while Redis is away
 */
export async function readTroubledJobs(
  { byName }: Queues,
  perQueue: number,
): Promise<TroubledJob[]> {
  const read = await Promise.all(
    QUEUE_NAMES.map(async (name) => {
      const [failed, delayed] = await Promise.all([
        byName[name].getJobs(['failed'], 0, perQueue - 1),
        byName[name].getJobs(['delayed'], 0, perQueue - 1),
      ]);
      return [
        ...failed.map((job) => troubled(name, job, 'failed')),
        // One that has never been tried is a schedule's next run.
        ...delayed.filter(hasFailed).map((job) => troubled(name, job, 'retrying')),
      ];
    }),
  );
  return read
    .flat()
    .sort((a, b) => a.state.localeCompare(b.state) || b.triedAt.getTime() - a.triedAt.getTime());
}

/**
 * One job, if it has failed or waits for its next try.
 * @returns null when there is none, or it has moved on
 */
export async function findTroubledJob(
  { byName }: Queues,
  queue: QueueName,
  id: string,
): Promise<TroubledJob | null> {
  const job = (await byName[queue].getJob(id)) as Job | undefined;
  if (!job) return null;
  const state = await job.getState();
  if (state === 'failed') return troubled(queue, job, 'failed');
  return state === 'delayed' && hasFailed(job) ? troubled(queue, job, 'retrying') : null;
}

/**
 * Retries a job at once; a failed one gets all its attempts again.
 * @returns false when it has already moved on
 */
export async function retryTroubledJob(
  { byName }: Queues,
  { queue, id, state }: TroubledJob,
): Promise<boolean> {
  const job = (await byName[queue].getJob(id)) as Job | undefined;
  if (!job) return false;
  try {
    if (state === 'failed') await job.retry('failed', { resetAttemptsMade: true });
    else await job.promote();
    return true;
  } catch (error) {
    // Another click, or a worker, was faster.
    if ((await job.getState()) !== (state === 'failed' ? 'failed' : 'delayed')) return false;
    throw error;
  }
}

function hasFailed(job: Job): boolean {
  return job.attemptsMade > 0;
}

function troubled(queue: QueueName, job: Job, state: TroubledJob['state']): TroubledJob {
  return {
    queue,
    id: job.id ?? '',
    kind: job.name,
    payload: job.data as unknown,
    state,
    attempts: job.attemptsMade,
    error: job.failedReason || 'unknown',
    triedAt: new Date(job.finishedOn ?? job.processedOn ?? job.timestamp),
  };
}
