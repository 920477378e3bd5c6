import type { Context } from '../../context';
import { AppError } from '../../errors';
import { readTroubledJobs, type TroubledJob } from '../../queue/troubled-jobs';
import { errorForLog } from '../../telemetry/logger';

const PER_QUEUE = 100;

/** A job that failed for good, or that waits to be tried again; what it is about stays inside. */
export type TroubledJobView = Omit<TroubledJob, 'payload'>;

/**
 * Jobs that failed for good or wait to be tried again: the newest 100 of each kind and queue.
 * @throws AppError unavailable while Redis is away
 */
export async function listTroubledJobs({ ctx }: { ctx: Context }): Promise<TroubledJobView[]> {
  try {
    const jobs = await readTroubledJobs(ctx.queues, PER_QUEUE);
    return jobs.map(({ payload: _payload, ...job }) => job);
  } catch (error) {
    ctx.log.warn({ error: errorForLog(error) }, 'jobs could not be listed');
    throw new AppError('unavailable');
  }
}
