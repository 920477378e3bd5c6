import { setTimeout as wait } from 'node:timers/promises';

/**
 * Resolves with the result of `work` if it ends in time; otherwise `work` goes on, and its result
 * is ignored.
 * @throws whatever `work` throws; an error that names the deadline when that passes
 */
export async function inTime<T>(deadlineMs: number, work: Promise<T>): Promise<T> {
  const ended = new AbortController();
  const overdue = wait(deadlineMs, undefined, { signal: ended.signal }).then((): never => {
    throw new Error(`no answer within ${String(deadlineMs)} ms`);
  });
  try {
    return await Promise.race([work, overdue]);
  } finally {
    ended.abort();
  }
}
