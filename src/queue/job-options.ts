import type { JobsOptions } from 'bullmq';
import type { JobContract } from '../jobs/contract';

const JITTER = 0.5;

/** What a job's contract says about retries and keeping, in BullMQ's terms. */
export function jobOptions(job: JobContract) {
  return {
    attempts: job.attempts,
    backoff: { type: 'exponential', delay: job.backoffMs, jitter: JITTER },
    removeOnComplete: { count: job.keepCompleted.count, age: job.keepCompleted.ageSeconds },
    removeOnFail: { count: job.keepFailed.count, age: job.keepFailed.ageSeconds },
  } satisfies JobsOptions;
}
