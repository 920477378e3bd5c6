import type { Redis } from 'ioredis';
import { createContext } from '../../src/create-context';

const PATIENCE_MS = 20_000;

/**
 * What a process works with. Redis is given time: a machine that runs several tests may let it wait
 * for longer than a call would.
 * @param patienceMs for tests of how soon Redis is given up
 */
export async function openContext(
  ...[config, role, patienceMs = PATIENCE_MS]: [
    ...Parameters<typeof createContext>,
    patienceMs?: number,
  ]
): ReturnType<typeof createContext> {
  const opened = await createContext(config, role);
  (opened.ctx.queues.redis as Redis).options.commandTimeout = patienceMs;
  return opened;
}
