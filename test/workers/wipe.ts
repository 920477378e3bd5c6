import type { Context } from '../../src/context';

/** Removes everything under the test's own prefix, as FLUSHALL does on a Redis that is not shared. */
export async function wipeRedis({ queues: { redis }, config }: Context): Promise<void> {
  const keys = await redis.keys(`${config.redisPrefix}:*`);
  if (keys.length > 0) await redis.del(...keys);
}
