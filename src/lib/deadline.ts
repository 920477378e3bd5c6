import { setTimeout as wait } from 'node:timers/promises';

/**
 * Gives what `work` gives, if it ends in time; if not, it goes on and nobody looks at it any more.
 * @throws whatever `work` throws; an error that says so when it is overdue
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
