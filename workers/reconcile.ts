import type { Context } from '../src/context';
import { AppError } from '../src/errors';
import { handOver, type OutboxName, OUTBOXES } from '../src/queue/outbox';
import { putBackSchedules } from '../src/queue/schedules';
import { hasMark, setMark } from '../src/queue/wipe-mark';
import { flagRevocation } from '../src/core/revocations/flag-revocation';
import { isUnavailable } from '../src/store';
import { errorForLog } from '../src/telemetry/logger';
import { createOutageLog, type OutageLog } from '../src/telemetry/outage-log';
import { repeat, type Repetition } from '../src/lib/repeat';

const EVERY_MS = 2_000;
/** Younger records are most likely still being handled by the process that wrote them. */
const LEFT_ALONE_MS = 2_000;
/** What was enqueued and is still not done after this is enqueued again. */
const ENQUEUE_AGAIN_AFTER_MS = 60_000;
const PAGE_SIZE = 500;
const AT_A_TIME = 16;

/** What the reconciler remembers from one round to the next. */
interface State {
  ctx: Context;
  /** What was enqueued before this may be lost; null: Redis has to be checked first. */
  lostBefore: Date | null;
  redis: OutageLog;
  mongodb: OutageLog;
}

/**
 * Finishes, on a timer, whatever a crash or an outage of Redis left half done. It depends on
 * MongoDB only: flags are set while Redis is away, and what Redis has lost is put back once it
 * answers.
 */
export function startReconciler(ctx: Context, everyMs = EVERY_MS): Repetition {
  const state: State = {
    ctx,
    lostBefore: null,
    redis: createOutageLog(ctx.log, 'redis (reconciler)'),
    mongodb: createOutageLog(ctx.log, 'mongodb (reconciler)'),
  };
  // It may have come back empty, or without its last second.
  const doubt = (): void => {
    state.lostBefore = null;
  };
  ctx.queues.redis.on('ready', doubt);
  const repetition = repeat(everyMs, (signal) => reconcile(state, signal));
  return {
    stop: async () => {
      ctx.queues.redis.off('ready', doubt);
      await repetition.stop();
    },
  };
}

async function reconcile(state: State, signal: AbortSignal): Promise<void> {
  try {
    // Flags first: they must wait for nothing else, least of all for Redis.
    await setMissingFlags(state.ctx);
    await enqueueMissing(state, signal);
    state.mongodb.answered();
  } catch (error) {
    if (isUnavailable(error)) state.mongodb.failed(error);
    else state.ctx.log.error({ error: errorForLog(error) }, 'reconciling failed');
  }
}

async function setMissingFlags(ctx: Context): Promise<void> {
  const found = await ctx.store.revocations.findUnflagged(ago(LEFT_ALONE_MS), PAGE_SIZE);
  await inParallel(found, async ({ _id: revocationId }) => {
    try {
      await flagRevocation({ ctx, revocationId });
      ctx.log.warn({ revocation_id: revocationId }, 'set flags that another process left unset');
    } catch (error) {
      if (isUnavailable(error)) throw error;
      // One that cannot be flagged must not hold up the others.
      ctx.log.error({ revocation_id: revocationId, error: errorForLog(error) }, 'not flagged');
    }
  });
}

async function enqueueMissing(state: State, signal: AbortSignal): Promise<void> {
  const { store, queues } = state.ctx;
  let names = Object.keys(OUTBOXES) as OutboxName[];
  let failure: Error | null = null;
  while (names.length > 0 && !signal.aborted && (await checkRedis(state))) {
    const enqueuedBefore = later(state.lostBefore, ago(ENQUEUE_AGAIN_AFTER_MS));
    const more: OutboxName[] = [];
    for (const name of names) {
      try {
        const requestedBefore = ago(LEFT_ALONE_MS);
        const pending = await store[name].findPending(requestedBefore, enqueuedBefore, PAGE_SIZE);
        await inParallel(pending, (id) => handOver(store, queues, name, id));
        if (pending.length === PAGE_SIZE) more.push(name);
      } catch (error) {
        if (error instanceof AppError) {
          state.redis.failed(error);
          return;
        }
        // One region's database being away must not hold up what the other has recorded.
        failure ??= error as Error;
      }
    }
    names = more;
  }
  if (failure) throw failure;
}

/**
 * Makes sure that Redis has the schedules, and notes since when it has lost nothing.
 * @returns whether it answers
 */
async function checkRedis(state: State): Promise<boolean> {
  const { queues, config } = state.ctx;
  try {
    if (!(state.lostBefore && (await hasMark(queues, config.redisPrefix)))) {
      const now = new Date();
      await putBackSchedules(queues);
      await setMark(queues, config.redisPrefix);
      state.lostBefore = now;
    }
    state.redis.answered();
    return true;
  } catch (error) {
    state.redis.failed(error);
    return false;
  }
}

/** Does `work` for all, 16 at a time; throws the first error once those under way have ended. */
async function inParallel<T>(items: T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let from = 0; from < items.length; from += AT_A_TIME) {
    const results = await Promise.allSettled(items.slice(from, from + AT_A_TIME).map(work));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }
}

function ago(ms: number): Date {
  return new Date(Date.now() - ms);
}

function later(a: Date | null, b: Date): Date {
  return a && a > b ? a : b;
}
