import type { Context } from '../../context';
import { answersInTime } from './answers-in-time';

const REDIS_DEADLINE_MS = 500;
const MONGODB_DEADLINE_MS = 2_000;

/**
 * What does not answer. Without MongoDB nothing works; without Redis the essentials do; without the
 * database of the US region everything but that region does.
 */
export interface Readiness {
  failed: 'mongodb'[];
  degraded: ('redis' | 'mongodb_us')[];
}

/** Pings Redis and the MongoDB of both regions, each with a deadline. Never throws. */
export async function readReadiness({ ctx }: { ctx: Context }): Promise<Readiness> {
  const [mongodb, redis, us] = await Promise.all([
    answersInTime({
      ctx,
      part: 'mongodb',
      deadlineMs: MONGODB_DEADLINE_MS,
      work: ctx.store.ping(),
    }),
    answersInTime({
      ctx,
      part: 'redis',
      deadlineMs: REDIS_DEADLINE_MS,
      work: ctx.queues.ping(),
    }),
    ctx.config.mongodbUriUs === null ||
      answersInTime({
        ctx,
        part: 'mongodb_us',
        deadlineMs: MONGODB_DEADLINE_MS,
        work: ctx.store.regions.us.ping(),
      }),
  ]);
  const degraded: Readiness['degraded'] = [];
  if (!redis) degraded.push('redis');
  if (!us) degraded.push('mongodb_us');
  return { failed: mongodb ? [] : ['mongodb'], degraded };
}
