import type { Context } from '../../src/context';
import { underLease } from '../../src/core/leases/under-lease';
import { AppError } from '../../src/errors';
import { handOver, MAX_HANDED_OVER } from '../../src/queue/outbox';
import type { OutboxName } from '../../src/queue/outbox-jobs';
import { ago, LEFT_ALONE_MS } from './left-alone';
import type { RedisLosses } from './redis-losses';

/** What was enqueued and is still not done after this is enqueued again. */
const ENQUEUE_AGAIN_AFTER_MS = 60_000;

/**
 * Enqueues the work of one outbox that nobody has enqueued, or that Redis has lost. It looks before
 * it takes the lease, so that workers with nothing to do write nothing.
 */
export async function handOverMissed({
  ctx,
  name,
  redis,
  signal,
}: {
  ctx: Context;
  name: OutboxName;
  redis: RedisLosses;
  signal: AbortSignal;
}): Promise<void> {
  if ((await find({ ctx, name, redis, limit: 1 })).length === 0) return;
  await underLease({
    ctx,
    name: `outbox ${name}`,
    signal,
    work: async (held) => {
      for (let full = true; full && !held.signal.aborted;) {
        const ids = await find({ ctx, name, redis, limit: MAX_HANDED_OVER });
        try {
          await handOver(ctx.store, ctx.queues, name, ids, 'again');
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
          redis.failed(error);
          return;
        }
        full = ids.length === MAX_HANDED_OVER;
      }
    },
  });
}

/** What is to be enqueued now; nothing while Redis does not answer. */
async function find({
  ctx,
  name,
  redis,
  limit,
}: {
  ctx: Context;
  name: OutboxName;
  redis: RedisLosses;
  limit: number;
}): Promise<string[]> {
  const lostBefore = await redis.lostBefore();
  if (!lostBefore) return [];
  const again = ago(ctx, ENQUEUE_AGAIN_AFTER_MS);
  const enqueuedBefore = lostBefore > again ? lostBefore : again;
  return ctx.store[name].findPending(ago(ctx, LEFT_ALONE_MS), enqueuedBefore, limit);
}
