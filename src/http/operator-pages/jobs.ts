import { AppError } from '../../errors';
import { QUEUE_NAMES } from '../../jobs/contract';
import { listTroubledJobs } from '../../core/health/list-troubled-jobs';
import { retryJob } from '../../core/health/retry-job';
import { operatorCaller } from '../operator/require-operator';
import { backTo, type OperatorRoutes, parameter, PREFIX } from './operator-page';

const PATH = `${PREFIX}/jobs`;

/** Jobs that failed or are waiting to be retried. */
export function mountJobs({ ctx, get, post }: OperatorRoutes): void {
  get('/jobs', async ({ t }) => {
    const page = { template: 'operator-pages/jobs', title: t.operator.jobs.title } as const;
    try {
      const jobs = await listTroubledJobs({ ctx });
      return { section: 'jobs', ...page, data: { jobs } };
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'unavailable') throw error;
      return { section: 'jobs', status: 503, ...page, data: { jobs: null } };
    }
  });
  post('/jobs/:queue/:job_id/retry', async (call) => {
    const queue = QUEUE_NAMES.find((name) => name === parameter(call, 'queue'));
    if (!queue) throw new AppError('not_found');
    try {
      await retryJob({
        ctx,
        queue,
        jobId: parameter(call, 'job_id'),
        caller: operatorCaller(call.request),
      });
    } catch (error) {
      const moved = error instanceof AppError && error.code === 'job_not_retryable';
      if (moved) return backTo(call, PATH, 'jobMovedOn');
      throw error;
    }
    return backTo(call, PATH, 'jobRetried');
  });
}
