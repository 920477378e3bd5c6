import { setTimeout as wait } from 'node:timers/promises';

/**
 * Does work in a time that reveals little about it: the result, or the error, comes at the next full
 * multiple of `quantumMs` after the start.
 */
export async function evenly<T>(quantumMs: number, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  try {
    return await work();
  } finally {
    await wait(quantumMs - ((performance.now() - startedAt) % quantumMs));
  }
}
