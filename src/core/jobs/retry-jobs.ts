import type { Caller, Context } from '../../context';
import { type QueuedJob, retryQueuedJob } from '../../queue/jobs';
import { errorForLog } from '../../telemetry/logger';
import { OPERATOR_LOG } from '../audit/operator-log';
import { recordChange } from '../audit/record-change';
import { type JobFilter, selectJobs } from './select-jobs';

/** No more are tried again by one press of a button; what is left is there for the next. */
export const RETRY_BOUNDS = { found: 1_000, looked: 10_000, ms: 3_000 };
const AT_A_TIME = 50;

/** Jobs that can be tried again at once. */
export type RetryFilter = JobFilter & { state: 'failed' | 'retrying' };

/** What would be tried again, at a moment. */
export interface RetryCount {
  count: number;
  /** There are, or may be, more than one press of the button does. */
  more: boolean;
  /** Jobs that fail after it are not meant. */
  at: Date;
}

/**
 * Counts the jobs that `retryJobs` would try again.
 * @throws AppError unavailable while Redis is away
 */
export async function countRetryable({
  ctx,
  filter,
}: {
  ctx: Context;
  filter: RetryFilter;
}): Promise<RetryCount> {
  const at = ctx.now();
  const { jobs, next } = await selectJobs({
    ctx,
    filter,
    after: null,
    before: at,
    bounds: RETRY_BOUNDS,
  });
  return { count: jobs.length, more: next !== null, at };
}

/** What became of the jobs that were to be tried again. */
export interface RetriedJobs {
  done: number;
  /** Others had been faster: a worker, or another click. */
  movedOn: number;
  /** Redis went away before their turn: they are as they were. */
  left: number;
  more: boolean;
}

/**
 * Tries again at once the jobs that match and had failed by `before`, 50 at a time. Who asked, for
 * what and how many, is one entry, written before the first: in the audit log of the company that is
 * asked for, or else in the operator's own. Where it is cut short, the rest stay as they were.
 * @throws AppError unavailable while Redis is away
 */
export async function retryJobs({
  ctx,
  filter,
  before,
  caller,
}: {
  ctx: Context;
  filter: RetryFilter;
  before: Date;
  caller: Caller;
}): Promise<RetriedJobs> {
  const bounds = RETRY_BOUNDS;
  const { jobs, next } = await selectJobs({ ctx, filter, after: null, before, bounds });
  const more = next !== null;
  if (jobs.length === 0) return { done: 0, movedOn: 0, left: 0, more };
  await ctx.store.transaction((session) =>
    recordChange({
      ctx,
      session,
      companyId: filter.companyId ?? OPERATOR_LOG,
      action: filter.state === 'failed' ? 'jobs.retried' : 'jobs.promoted',
      caller,
      reason: `${inWords(filter)}: ${jobs.length} jobs`,
    }),
  );
  return { ...(await retryInSteps(ctx, jobs)), more };
}

async function retryInSteps(ctx: Context, jobs: Pick<QueuedJob, 'queue' | 'id' | 'state'>[]) {
  const result = { done: 0, movedOn: 0, left: jobs.length };
  for (let at = 0; at < jobs.length; at += AT_A_TIME) {
    await ctx.reach('jobs.retrying');
    const step = jobs.slice(at, at + AT_A_TIME);
    const tried = await Promise.allSettled(step.map((job) => retryQueuedJob(ctx.queues, job)));
    for (const one of tried) {
      if (one.status === 'rejected') continue;
      result.left -= 1;
      result[one.value ? 'done' : 'movedOn'] += 1;
    }
    const failed = tried.find((one) => one.status === 'rejected');
    if (failed) {
      ctx.log.warn({ error: errorForLog(failed.reason) }, 'jobs left that were to be retried');
      break;
    }
  }
  return result;
}

/** As the audit log has it. */
function inWords({ state, queue, kind, companyId, batchId, minAgeMs }: RetryFilter): string {
  const given = { queue, kind, company: companyId, batch: batchId };
  const parts = Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} ${value}`],
  );
  const age = minAgeMs === undefined ? [] : [`enqueued over ${minAgeMs / 60_000} min ago`];
  return [state, ...parts, ...age].join(', ');
}
