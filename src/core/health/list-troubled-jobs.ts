import type { Context } from '../../context';
import { AppError } from '../../errors';
import { readTroubledJobs, type TroubledJob } from '../../queue/troubled-jobs';
import { errorForLog } from '../../telemetry/logger';

const PER_QUEUE = 100;

/**
 * Jobs that failed for good or wait to be tried again: the newest 100 of each kind and queue.
 * @throws AppError unavailable while Redis is away
 */
export async function listTroubledJobs({ ctx }: { ctx: Context }): Promise<TroubledJob[]> {
  try {
    return await readTroubledJobs(ctx.queues, PER_QUEUE);
  } catch (error) {
    ctx.log.warn({ error: errorForLog(error) }, 'jobs could not be listed');
    throw new AppError('unavailable');
  }
}
