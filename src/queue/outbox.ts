import { unavailable } from '../errors';
import { assertAtMost } from '../lib/assert-at-most';
import { createGroupCommit } from '../lib/group-commit';
import { MAX_REVOCATIONS_PER_JOB } from '../jobs/revocation-ids';
import type { Store } from '../store';
import { errorForLog, type Logger } from '../telemetry/logger';
import { type Occasion, type OutboxName, OUTBOXES } from './outbox-jobs';
import type { Queues } from './queues';

/** Records that are handed over together, at most. */
export const MAX_HANDED_OVER = MAX_REVOCATIONS_PER_JOB;
/** Further ones, and those that wait longer, are left to the reconciler. */
const MAX_WAITING = 10_000;
const DEADLINE_MS = 10_000;

/**
 * Hands recorded work to the queue. The records in MongoDB are the outbox: what is not handed over
 * here, because the process died or Redis was away, the workers' reconciler hands over later.
 */
export interface Outbox {
  /**
   * Hands over what was recorded, with what else is recorded in the few milliseconds that this takes;
   * never waits and never throws.
   */
  recorded: (name: OutboxName, id: string) => void;
  /**
   * Gives each of these a job of its own.
   * @param ids at most 500
   * @throws AppError unavailable when Redis does not take them
   */
  apart: (name: OutboxName, ids: string[]) => Promise<void>;
  /** Resolves when everything started has ended. */
  drain: () => Promise<void>;
}

/** The outbox of one process. */
export function openOutbox(store: Store, queues: Queues, log: Logger): Outbox {
  const underWay = new Set<Promise<void>>();
  const start = (name: OutboxName) =>
    createGroupCommit<string, 'handed over'>({
      run: async (ids) => {
        await handOver(store, queues, name, ids);
        return ids.map(() => 'handed over');
      },
      maxSize: MAX_HANDED_OVER,
      maxWaiting: MAX_WAITING,
      deadlineMs: DEADLINE_MS,
      refusal: unavailable,
      isOneRequestsFault: () => false,
    });
  const groups = new Map<OutboxName, ReturnType<typeof start>>();
  return {
    recorded: (name, id) => {
      const together = groups.get(name) ?? start(name);
      groups.set(name, together);
      const watched = together(id)
        .then(() => undefined)
        .catch((error: unknown) => {
          log.warn({ id, error: errorForLog(error) }, 'not enqueued; the reconciler will');
        })
        .finally(() => underWay.delete(watched));
      underWay.add(watched);
    },
    apart: (name, ids) => handOver(store, queues, name, ids, 'apart'),
    drain: async () => {
      await Promise.all(underWay);
    },
  };
}

/**
 * Enqueues the jobs of recorded pieces of work, and notes when. A process that dies in between leaves
 * jobs that find nothing to do.
 * @param names of one outbox, as jobs name them; at most 500
 */
export async function handOver(
  store: Store,
  queues: Queues,
  name: OutboxName,
  names: string[],
  occasion: Occasion = 'first',
): Promise<void> {
  assertAtMost(MAX_HANDED_OVER, names, 'records');
  const jobs = await OUTBOXES[name](store, names, occasion);
  await queues.enqueueAll(jobs.map(({ job }) => job));
  const now = store.now();
  const alone = jobs.flatMap((one) => (one.group === null ? one.names : []));
  if (alone.length > 0) await store[name].markEnqueued(alone, now, null);
  for (const { names: together, group } of jobs) {
    if (group !== null) await store[name].markEnqueued(together, now, group);
  }
}
