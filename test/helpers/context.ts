import type { Redis } from 'ioredis';
import type { Context } from '../../src/context';
import { createContext } from '../../src/create-context';
import { ensureIndexes } from './indexes';
import { testConfig } from './settings';

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

/** Two web processes with one database of their own, its indexes made. */
export async function openTwoContexts(): Promise<{
  ctx: Context;
  beside: { ctx: Context };
  close: () => Promise<void>;
}> {
  const config = testConfig();
  const { ctx, close } = await openContext(config, 'web');
  const beside = await openContext(config, 'web');
  await ensureIndexes(ctx);
  return {
    ctx,
    beside,
    close: async () => {
      await beside.close();
      await close();
    },
  };
}
