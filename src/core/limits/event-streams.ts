import type { Context } from '../../context';
import { AppError } from '../../errors';
import { newId } from '../../lib/random-ids';
import { repeat } from '../../lib/repeat';
import type { Company } from '../../store/companies';
import { entranceLimit } from './policies';

/** A stream whose process has died counts this long. */
const COUNTS_FOR_MS = 30_000;
const RENEWED_EVERY_MS = 10_000;
const RETRY_AFTER_SECONDS = 10;

/**
 * Lets a stream in unless as many are open. KEYS: the company's streams, each with the time at which
 * it stops counting. ARGV: the stream, how many may be open, how long it counts. Redis's clock.
 */
const ENTER = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[3]), ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1`;

/** Lets a company open one more event stream. Rejects with AppError event_streams_exceeded. */
export type OpenStream = (company: Company) => Promise<{
  /** To be called once, when the stream has ended. */
  close: () => void;
}>;

/**
 * Makes the verb that limits how many event streams a company has open, over all processes; while
 * Redis is away each process counts its own.
 */
export function createOpenStream({ ctx }: { ctx: Context }): OpenStream {
  const { redis } = ctx.queues;
  const here = new Map<string, number>();
  const change = (companyId: string, by: 1 | -1): void => {
    const open = (here.get(companyId) ?? 0) + by;
    if (open > 0) here.set(companyId, open);
    else here.delete(companyId);
  };
  return async (company) => {
    const [id, max] = [newId('stream'), entranceLimit(company, 'event_streams')];
    const key = `${ctx.config.redisPrefix}:event-streams:${company._id}`;
    // Nothing here logs: the connection's own handler does.
    const enter = (most: number): Promise<unknown> =>
      redis.eval(ENTER, 1, key, id, most, COUNTS_FOR_MS).catch(() => null);
    if ((here.get(company._id) ?? 0) >= max) throw exceeded();
    change(company._id, 1);
    if ((await enter(max)) === 0) {
      change(company._id, -1);
      throw exceeded();
    }
    // One that was let in stays: Redis may have been away, and have lost it.
    const renewing = repeat(RENEWED_EVERY_MS, async () => {
      await enter(Number.MAX_SAFE_INTEGER);
    });
    return {
      close: () => {
        change(company._id, -1);
        // While Redis is away it is not removed, but stops counting by itself.
        void renewing.stop().then(() => redis.zrem(key, id).catch(() => null));
      },
    };
  };
}

function exceeded(): AppError {
  return new AppError('event_streams_exceeded', { retryAfterSeconds: RETRY_AFTER_SECONDS });
}
