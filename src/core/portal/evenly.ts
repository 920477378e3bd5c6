import { setTimeout as wait } from 'node:timers/promises';

/**
 * Does work in a time that says little about it: the result comes at the next full multiple of
 * `quantumMs` after the start, whether there was nothing to do or a little.
 */
export async function evenly<T>(quantumMs: number, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  try {
    return await work();
  } finally {
    await wait(quantumMs - ((performance.now() - startedAt) % quantumMs));
  }
}
