import { z } from 'zod';
import type { Context } from '../../context';
import { AppError, invalid } from '../../errors';
import { JOBS, type JobKind } from '../../jobs/catalog';
import type { QueueName } from '../../jobs/contract';
import { findJob } from '../../queue/jobs';
import {
  type JobPlace,
  LISTED_STATES,
  type ListedState,
  type QueueCounts,
  readQueueCounts,
} from '../../queue/read-jobs';
import { companiesOfJobs } from './companies-of-jobs';
import { orUnavailable } from './or-unavailable';
import { type JobFilter, jobView, type JobView, selectJobs } from './select-jobs';

export { type JobFilter, type JobView, LISTED_STATES, type ListedState, type QueueCounts };

/** What jobs can be told apart by. */
export const JOB_KINDS = Object.keys(JOBS) as JobKind[];

/** A page looks at no more jobs, and takes no longer; the next one goes on from there. */
export const PAGE_BOUNDS = { looked: 1_000, ms: 1_500 };

/** A page of jobs. */
export interface JobPage {
  jobs: JobView[];
  next_cursor: string | null;
  /** For the page before; null: this is the first. */
  previous_cursor: string | null;
  /** How many were looked at to find them. */
  looked: number;
}

const place = z.tuple([z.int().min(0), z.number(), z.string().max(200)]);

/**
 * A page of the jobs of a state, queue by queue; see `readJobs` for their order.
 * @param cursor of the page to follow or, with `backward`, to come before
 * @throws AppError unavailable while Redis is away; invalid_request naming `cursor`
 */
export async function listJobs({
  ctx,
  filter,
  limit,
  cursor,
  backward = false,
}: {
  ctx: Context;
  filter: JobFilter;
  limit: number;
  cursor?: string | undefined;
  backward?: boolean | undefined;
}): Promise<JobPage> {
  const after = cursor === undefined ? null : readCursor(cursor);
  const bounds = { found: limit, ...PAGE_BOUNDS };
  const { jobs, looked, first, last, ...found } = await selectJobs({
    ctx,
    filter,
    after,
    backward,
    bounds,
  });
  // Whether there is a job where it would go on: else a link would lead to an empty page.
  const ahead = { ctx, filter, after: found.next, backward, bounds: { ...bounds, looked: 1 } };
  const isEnd = found.next === null || (await selectJobs(ahead)).looked === 0;
  const beyond = isEnd ? null : found.next;
  const [previous, next] = backward ? [beyond, last ?? after] : [after && (first ?? after), beyond];
  return {
    jobs,
    next_cursor: next && writeCursor(next),
    previous_cursor: previous && writeCursor(previous),
    looked,
  };
}

/**
 * One job, wherever it is in its queue.
 * @throws AppError not_found; unavailable while Redis is away
 */
export async function getJob({
  ctx,
  queue,
  jobId,
}: {
  ctx: Context;
  queue: QueueName;
  jobId: string;
}): Promise<JobView> {
  const job = await orUnavailable({ ctx, ask: () => findJob(ctx.queues, queue, jobId) });
  if (!job) throw new AppError('not_found');
  const [companies = []] = await companiesOfJobs({ ctx, jobs: [job] });
  return jobView(job, companies);
}

/**
 * How many jobs each queue has by state, and which are paused.
 * @throws AppError unavailable while Redis is away
 */
export async function countJobs({ ctx }: { ctx: Context }): Promise<QueueCounts[]> {
  return orUnavailable({ ctx, ask: () => readQueueCounts(ctx.queues) });
}

function writeCursor({ shelf, score, id }: JobPlace): string {
  return Buffer.from(JSON.stringify([shelf, score, id])).toString('base64url');
}

function readCursor(cursor: string): JobPlace {
  try {
    const text = Buffer.from(cursor, 'base64url').toString();
    const [shelf, score, id] = place.parse(JSON.parse(text));
    return { shelf, score, id };
  } catch {
    throw invalid('cursor', 'must be a cursor of this list');
  }
}
