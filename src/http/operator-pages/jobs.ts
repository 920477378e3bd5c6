import {
  countJobs,
  getJob,
  JOB_KINDS,
  type JobFilter,
  type JobPage,
  listJobs,
  PAGE_BOUNDS,
  type QueueCounts,
} from '../../core/jobs/list-jobs';
import { retryJob } from '../../core/jobs/retry-job';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { QUEUE_NAMES, type QueueName } from '../../jobs/contract';
import { operatorCaller } from '../operator/require-operator';
import type { PageCall } from '../pages/page-router';
import { batchPath } from './batch';
import { companyPath } from './company-page';
import { AGES_MINUTES, jobFilterOf, type TypedJobs } from './job-filters';
import {
  backTo,
  type OperatorPage,
  type OperatorRoutes,
  parameter,
  PREFIX,
  queried,
} from './operator-page';

const PATH = `${PREFIX}/jobs`;
const PAGE_SIZE = 50;
const NOTHING: JobPage = { jobs: [], next_cursor: null, previous_cursor: null, looked: 0 };

/** The jobs of all queues by state, kind, company, batch and age; trying one again. */
export function mountJobs({ ctx, get, post }: OperatorRoutes): void {
  get('/jobs', (call) => listPage(ctx, call));
  get('/jobs/:queue/:job_id', async (call) => {
    const job = await getJob({ ctx, queue: queueOf(call), jobId: parameter(call, 'job_id') });
    return {
      section: 'jobs',
      template: 'operator-pages/job',
      title: `${job.kind} ${job.id}`,
      data: { job, path: PATH, retryPath, batchPath, companyPath },
    };
  });
  post('/jobs/:queue/:job_id/retry', async (call) => {
    const jobId = parameter(call, 'job_id');
    try {
      await retryJob({ ctx, queue: queueOf(call), jobId, caller: operatorCaller(call.request) });
    } catch (error) {
      const moved = error instanceof AppError && error.code === 'job_not_retryable';
      if (moved) return backTo(call, PATH, 'jobMovedOn');
      throw error;
    }
    return backTo(call, PATH, 'jobRetried');
  });
}

async function listPage(ctx: Context, call: PageCall): Promise<OperatorPage> {
  const { typed, filter, wrong } = jobFilterOf(call.request);
  const before = queried(call, 'before') || undefined;
  const cursor = before ?? (queried(call, 'cursor') || undefined);
  const backward = before !== undefined;
  const found = await read(ctx, wrong.length > 0 ? null : filter, { cursor, backward });
  const { jobs, next_cursor, previous_cursor, looked } = found?.page ?? NOTHING;
  const link = (more: Partial<TypedJobs> & { cursor?: string; before?: string } = {}) =>
    `${PATH}?${new URLSearchParams({ ...typed, ...more }).toString()}`;
  return {
    section: 'jobs',
    status: !found ? 503 : wrong.length > 0 ? 400 : 200,
    template: 'operator-pages/jobs',
    title: call.t.operator.jobs.title,
    data: {
      typed,
      wrong,
      noRedis: !found,
      counts: found?.counts ?? [],
      jobs,
      looked,
      bound: PAGE_BOUNDS.looked,
      queues: QUEUE_NAMES,
      kinds: JOB_KINDS,
      ages: AGES_MINUTES,
      retried: retriedIn(call),
      path: PATH,
      filteredBy: link,
      retryPath,
      retryManyPath: `${PATH}/retry`,
      batchPath,
      companyPath,
      first: previous_cursor && link(),
      previous: previous_cursor && link({ before: previous_cursor }),
      next: next_cursor && link({ cursor: next_cursor }),
    },
  };
}

/** Null while Redis is away. */
async function read(
  ctx: Context,
  filter: JobFilter | null,
  from: { cursor: string | undefined; backward: boolean },
): Promise<{ counts: QueueCounts[]; page: JobPage } | null> {
  try {
    const [counts, page] = await Promise.all([
      countJobs({ ctx }),
      filter ? listJobs({ ctx, filter, limit: PAGE_SIZE, ...from }) : NOTHING,
    ]);
    return { counts, page };
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'unavailable') throw error;
    return null;
  }
}

/** What has just become of many, as `retryMany` redirects; null: nothing has. */
function retriedIn(call: PageCall): Record<'done' | 'moved' | 'left', number> | null {
  const [done, moved, left] = (['done', 'moved', 'left'] as const).map((name) =>
    /^\d{1,6}$/.test(queried(call, name)) ? Number(queried(call, name)) : null,
  );
  return done != null && moved != null && left != null ? { done, moved, left } : null;
}

function queueOf(call: PageCall): QueueName {
  const queue = QUEUE_NAMES.find((name) => name === parameter(call, 'queue'));
  if (!queue) throw new AppError('not_found');
  return queue;
}

function retryPath({ queue, id }: { queue: string; id: string }): string {
  return `${PATH}/${queue}/${encodeURIComponent(id)}/retry`;
}
