import type { Job } from 'bullmq';
import { QUEUE_NAMES, type QueueName } from '../jobs/contract';
import { asQueued, delayedState, type QueuedJob } from './jobs';
import type { Queues } from './queues';

/** The states by which jobs can be listed. */
export const LISTED_STATES = ['failed', 'retrying', 'scheduled', 'waiting', 'active'] as const;
export type ListedState = (typeof LISTED_STATES)[number];

/** Where BullMQ keeps the jobs of a state; `list`: in the order of arrival, the newest first. */
interface Shelf {
  set: string;
  order: 'list' | 'falling' | 'rising';
}

const SHELVES: Record<ListedState, Shelf[]> = {
  // By when they failed, the last first.
  failed: [{ set: 'failed', order: 'falling' }],
  // By when they are due.
  retrying: [{ set: 'delayed', order: 'rising' }],
  scheduled: [{ set: 'delayed', order: 'rising' }],
  waiting: [
    { set: 'wait', order: 'list' },
    { set: 'prioritized', order: 'rising' },
  ],
  active: [{ set: 'active', order: 'list' }],
};

/** A place between two jobs: after this one. In a list `score` is how many come before. */
export interface JobPlace {
  shelf: number;
  score: number;
  id: string;
}

/** A job that was read, or its place alone where it has gone in between. */
export interface ReadJob {
  job: QueuedJob | null;
  place: JobPlace;
}

/**
 * Reads on after a place, or back before it, queue by queue: at most `limit` jobs of one of them, and never more into
 * memory. Jobs that wait move while they are read: what comes in shows some twice, and none is left out.
 * @param from null: from the first job or, backward, from the last
 * @param backward reads the nearest job first
 * @returns none: there are no more
 * @throws whatever the connection throws while Redis is away
 */
export async function readJobs(
  queues: Queues,
  { names, state }: { names: readonly QueueName[]; state: ListedState },
  from: JobPlace | null,
  limit: number,
  backward = false,
): Promise<ReadJob[]> {
  const shelves = names.flatMap((queue) => SHELVES[state].map((shelf) => ({ queue, shelf })));
  const ordered = backward ? [...shelves.entries()].toReversed() : shelves.entries();
  for (const [at, { queue, shelf }] of ordered) {
    if (from && (backward ? at > from.shelf : at < from.shelf)) continue;
    const key = queues.byName[queue].toKey(shelf.set);
    const near = from?.shelf === at ? from : null;
    const falls = (shelf.order === 'falling') !== backward;
    const read = backward ? backInList : inList;
    const members = await (shelf.order === 'list'
      ? read(queues, key, near, limit)
      : inOrder(queues, { key, falls }, near, limit));
    if (members.length === 0) continue;
    return Promise.all(
      members.map(async ({ id, score }) => {
        const job = (await queues.byName[queue].getJob(id)) as Job | undefined;
        const place = { shelf: at, score, id };
        return { job: job ? asQueued(queue, job, stateIn(shelf, state, job)) : null, place };
      }),
    );
  }
  return [];
}

/** How many jobs a queue has, and whether workers leave them alone. */
export interface QueueCounts {
  queue: QueueName;
  isPaused: boolean;
  failed: number;
  /** Retrying and scheduled. */
  delayed: number;
  waiting: number;
  active: number;
}

/**
 * Counts the jobs of every queue.
 * @throws whatever the connection throws while Redis is away
 */
export function readQueueCounts({ byName }: Queues): Promise<QueueCounts[]> {
  return Promise.all(
    QUEUE_NAMES.map(async (queue) => {
      const [isPaused, counts] = await Promise.all([
        byName[queue].isPaused(),
        byName[queue].getJobCounts('failed', 'delayed', 'waiting', 'prioritized', 'active'),
      ]);
      const { failed = 0, delayed = 0, waiting = 0, prioritized = 0, active = 0 } = counts;
      return { queue, isPaused, failed, delayed, waiting: waiting + prioritized, active };
    }),
  );
}

interface Member {
  id: string;
  score: number;
}

async function inList(
  { redis }: Queues,
  key: string,
  after: JobPlace | null,
  limit: number,
): Promise<Member[]> {
  const start = after ? after.score + 1 : 0;
  const ids = await redis.lrange(key, start, start + limit - 1);
  return ids.map((id, at) => ({ id, score: start + at }));
}

/** What has come in meanwhile has moved the place: it is looked for by its job, if that is still there. */
async function backInList(
  { redis }: Queues,
  key: string,
  before: JobPlace | null,
  limit: number,
): Promise<Member[]> {
  const found = before && (await redis.lpos(key, before.id));
  const end = found ?? before?.score ?? (await redis.llen(key));
  if (end === 0) return [];
  const start = Math.max(0, end - limit);
  const ids = await redis.lrange(key, start, end - 1);
  return ids.map((id, at) => ({ id, score: start + at })).toReversed();
}

/** By score and, where scores are equal, by id: what comes or goes in between moves nothing. */
async function inOrder(
  { redis }: Queues,
  { key, falls }: { key: string; falls: boolean },
  after: JobPlace | null,
  limit: number,
): Promise<Member[]> {
  const start = after?.score ?? (falls ? '+inf' : '-inf');
  const found: Member[] = [];
  for (let skip = 0; found.length < limit; skip += limit) {
    const read = falls
      ? await redis.zrevrangebyscore(key, start, '-inf', 'WITHSCORES', 'LIMIT', skip, limit)
      : await redis.zrangebyscore(key, start, '+inf', 'WITHSCORES', 'LIMIT', skip, limit);
    const members = pairs(read);
    found.push(...members.filter((member) => !after || isBeyond(member, after, falls)));
    if (members.length < limit) break;
  }
  return found.slice(0, limit);
}

function pairs(read: string[]): Member[] {
  return read.flatMap((id, at) => (at % 2 === 0 ? [{ id, score: Number(read[at + 1]) }] : []));
}

function isBeyond({ id, score }: Member, after: JobPlace, falls: boolean): boolean {
  if (score !== after.score) return falls ? score < after.score : score > after.score;
  return falls ? id < after.id : id > after.id;
}

function stateIn({ set }: Shelf, asked: ListedState, job: Job): QueuedJob['state'] {
  return set === 'delayed' ? delayedState(job) : asked;
}
