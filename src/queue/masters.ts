import { Cluster, type Redis } from 'ioredis';
import type { RedisClient } from './connection';

/**
 * Puts what belongs together into one slot of a Cluster, so that one script may touch all of it.
 * @param tag what the keys have in common
 * @returns the tag as it stands in the keys
 */
export function slotTag(redis: RedisClient, tag: string): string {
  return redis instanceof Cluster ? `{${tag}}` : tag;
}

/** Prefix of a queue's keys, all of which BullMQ's scripts touch. */
export function queuePrefix(redis: RedisClient, prefix: string, queue: string): string {
  return redis instanceof Cluster ? slotTag(redis, `${prefix}:${queue}`) : prefix;
}

/**
 * Asks the server or, of a Cluster, each of its masters.
 * @throws what any of them throws, and when none is known
 */
export function onEachMaster<T>(
  redis: RedisClient,
  ask: (master: Redis) => Promise<T>,
): Promise<[T, ...T[]]> {
  const [first, ...others] = redis instanceof Cluster ? redis.nodes('master') : [redis];
  if (!first) return Promise.reject(new Error('no master of the Redis Cluster is known'));
  return Promise.all([ask(first), ...others.map(ask)]);
}

/**
 * Watches for another server that answers than before, or for the same one after a restart: either
 * may lack what was written last, as Redis replicates and stores asynchronously.
 */
export function watchMasters(redis: RedisClient): {
  /** Whether there was such a change since the last call; true for the first. */
  changed: () => boolean;
  close: () => void;
} {
  const events = redis instanceof Cluster ? ['ready', '+node', '-node'] : ['ready'];
  let seen: string | null = null;
  const doubt = (): void => {
    seen = null;
  };
  for (const event of events) redis.on(event, doubt);
  return {
    changed: () => {
      // ioredis emits no event when a replica takes over from a master that is still alive.
      const now = masterNames(redis);
      const same = seen === now;
      seen = now;
      return !same;
    },
    close: () => {
      for (const event of events) redis.off(event, doubt);
    },
  };
}

function masterNames(redis: RedisClient): string {
  if (!(redis instanceof Cluster)) return 'one';
  const names = redis.nodes('master').map(({ options: { host, port } }) => `${host}:${port}`);
  return names.sort().join(' ');
}
