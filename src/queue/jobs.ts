import type { Job } from 'bullmq';
import { QUEUE_NAMES, type QueueName } from '../jobs/contract';
import type { Queues } from './queues';

/**
 * Where a job is. `retrying`: it has failed and waits for its next try · `scheduled`: the next run of a
 * periodic job · `unknown`: it is being moved, or is gone.
 */
export type JobState =
  'failed' | 'retrying' | 'scheduled' | 'waiting' | 'active' | 'completed' | 'unknown';

/** A job as it lies in its queue. */
export interface QueuedJob {
  queue: QueueName;
  id: string;
  kind: string;
  payload: unknown;
  state: JobState;
  attempts: number;
  /** A code, see `jobFailure`; null: no try has failed. */
  error: string | null;
  /** By the clock of the process that enqueued it. */
  enqueuedAt: Date;
  /** Its last try; null: there was none. */
  triedAt: Date | null;
}

/** What ids of jobs look like: BullMQ counts them, and names the runs of a periodic one. */
const JOB_ID = /^(?:\d{1,15}|repeat:[\w-]{1,100}:\d{1,15})$/;

/** Whether a text can be the id of a job; other keys of a queue have other names. */
export function isJobId(text: string): boolean {
  return JOB_ID.test(text);
}

/**
 * One job, wherever it is.
 * @returns null when there is none
 * @throws whatever the connection throws while Redis is away
 */
export async function findJob(
  { byName }: Queues,
  queue: QueueName,
  id: string,
): Promise<QueuedJob | null> {
  if (!isJobId(id)) return null;
  const job = (await byName[queue].getJob(id)) as Job | undefined;
  return job ? asQueued(queue, job, stateOf(job, await job.getState())) : null;
}

/** The jobs that have an id: each queue counts for itself. */
export async function findJobsById(queues: Queues, id: string): Promise<QueuedJob[]> {
  const found = await Promise.all(QUEUE_NAMES.map((queue) => findJob(queues, queue, id)));
  return found.flatMap((job) => job ?? []);
}

/** A job of which it is known where it lies. */
export function asQueued(queue: QueueName, job: Job, state: JobState): QueuedJob {
  const triedAt = job.finishedOn ?? job.processedOn;
  return {
    queue,
    id: job.id ?? '',
    kind: job.name,
    payload: job.data as unknown,
    state,
    attempts: job.attemptsMade,
    error: job.failedReason ? job.failedReason : null,
    enqueuedAt: new Date(job.timestamp),
    triedAt: triedAt === undefined ? null : new Date(triedAt),
  };
}

/** One that waits for a time and has never been tried is a schedule's next run. */
export function delayedState(job: Job): JobState {
  return job.attemptsMade > 0 ? 'retrying' : 'scheduled';
}

function stateOf(job: Job, state: string): JobState {
  if (state === 'delayed') return delayedState(job);
  if (state === 'prioritized') return 'waiting';
  const known = ['failed', 'waiting', 'active', 'completed'] as const;
  return known.find((one) => one === state) ?? 'unknown';
}

/** Whether a job can be tried again at once: it has failed, or waits for its next try. */
export function isRetryable({ state }: Pick<QueuedJob, 'state'>): boolean {
  return state === 'failed' || state === 'retrying';
}

/**
 * Has a job that is retryable tried at once; a failed one gets all its attempts again.
 * @returns false when it has already moved on
 * @throws whatever the connection throws while Redis is away
 */
export async function retryQueuedJob(
  { byName }: Queues,
  { queue, id, state }: Pick<QueuedJob, 'queue' | 'id' | 'state'>,
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
