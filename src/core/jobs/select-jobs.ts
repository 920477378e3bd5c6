import type { Context } from '../../context';
import { JOBS, type JobKind } from '../../jobs/catalog';
import { QUEUE_NAMES, type QueueName } from '../../jobs/contract';
import type { QueuedJob } from '../../queue/jobs';
import { type JobPlace, type ListedState, readJobs } from '../../queue/read-jobs';
import { batchOfJob, companiesOfJobs } from './companies-of-jobs';
import { orUnavailable } from './or-unavailable';

/** Which jobs: those that meet every condition given. */
export interface JobFilter {
  state: ListedState;
  queue?: QueueName | undefined;
  kind?: JobKind | undefined;
  /** Also one of several that the job works for. */
  companyId?: string | undefined;
  batchId?: string | undefined;
  /** Enqueued at least so long ago. */
  minAgeMs?: number | undefined;
}

/** A job as operators see it. */
export interface JobView extends Omit<QueuedJob, 'payload'> {
  batchId: string | null;
  /** None: it works for all, or what it works on is gone. */
  companies: string[];
}

/** How far a selection goes, whatever it finds. */
export interface Bounds {
  /** Jobs that match. */
  found: number;
  /** Jobs that are looked at. */
  looked: number;
  ms: number;
}

/** What was selected, and where to go on. */
export interface Selected {
  jobs: JobView[];
  /** The first and the last job that were looked at, in their order; null: none was. */
  first: JobPlace | null;
  last: JobPlace | null;
  /** The job to go on from; null: there are no more. */
  next: JobPlace | null;
  looked: number;
}

const LOOKED_AT_A_TIME = 100;

/**
 * Goes through the jobs of a state, a hundred at a time, until enough of them match, enough have been
 * looked at, or it has taken long enough.
 * @param backward goes back from `after`; the jobs come in their order all the same
 * @param before only jobs whose last try was not after it
 * @throws AppError unavailable while Redis is away
 */
export async function selectJobs({
  ctx,
  filter,
  after,
  backward = false,
  before,
  bounds,
}: {
  ctx: Context;
  filter: JobFilter;
  after: JobPlace | null;
  backward?: boolean | undefined;
  before?: Date | undefined;
  bounds: Bounds;
}): Promise<Selected> {
  const startedAt = performance.now();
  const of = { names: queuesOf(filter), state: filter.state };
  const seen: JobPlace[] = [];
  const selected = { jobs: [] as JobView[], next: after, looked: 0 };
  const inOrder = (next: JobPlace | null): Selected => {
    const [first = null, last = null] = [seen[0], seen.at(-1)];
    if (!backward) return { ...selected, next, first, last };
    return { ...selected, jobs: selected.jobs.toReversed(), next, first: last, last: first };
  };
  while (selected.looked < bounds.looked && performance.now() - startedAt < bounds.ms) {
    const from = selected.next;
    const read = await orUnavailable({
      ctx,
      ask: () => readJobs(ctx.queues, of, from, LOOKED_AT_A_TIME, backward),
    });
    if (read.length === 0) return inOrder(null);
    const jobs = read.flatMap(({ job }) => job ?? []);
    const matching = await matchingJobs(ctx, filter, jobs, before);
    for (const { job, place } of read) {
      selected.looked += 1;
      selected.next = place;
      seen.push(place);
      const view = job && matching.get(job);
      if (view) selected.jobs.push(view);
      if (selected.jobs.length === bounds.found) return inOrder(place);
    }
  }
  return inOrder(selected.next);
}

/** The company is looked up last, as it is in MongoDB. */
async function matchingJobs(
  ctx: Context,
  filter: JobFilter,
  jobs: QueuedJob[],
  before: Date | undefined,
): Promise<Map<QueuedJob, JobView>> {
  const now = ctx.now().getTime();
  const { state, kind, companyId, batchId, minAgeMs = 0 } = filter;
  const likely = jobs.filter(
    (job) =>
      job.state === state &&
      (kind === undefined || job.kind === kind) &&
      (batchId === undefined || batchOfJob(job) === batchId) &&
      (before === undefined || job.triedAt === null || job.triedAt <= before) &&
      now - job.enqueuedAt.getTime() >= minAgeMs,
  );
  const companies = await companiesOfJobs({ ctx, jobs: likely });
  return new Map(
    likely.flatMap((job, at) => {
      const theirs = companies[at] ?? [];
      const isAsked = companyId === undefined || theirs.includes(companyId);
      return isAsked ? [[job, jobView(job, theirs)] as const] : [];
    }),
  );
}

/** A job as operators see it: without its payload. */
export function jobView({ payload, ...job }: QueuedJob, companies: string[]): JobView {
  return { ...job, batchId: batchOfJob({ kind: job.kind, payload }), companies };
}

function queuesOf({ queue, kind }: JobFilter): readonly QueueName[] {
  const names = kind === undefined ? QUEUE_NAMES : [JOBS[kind].queue];
  return queue === undefined ? names : names.filter((name) => name === queue);
}
