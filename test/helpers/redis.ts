import type { Redis } from 'ioredis';
import type { Context } from '../../src/context';

const PATIENCE_MS = 20_000;

/** Gives Redis time: most tests are not about how soon it answers on a loaded machine. */
export function waitForRedis({ queues }: Context, patienceMs = PATIENCE_MS): void {
  (queues.redis as Redis).options.commandTimeout = patienceMs;
}
