import { pause } from './pause';

/** Work that repeats on a timer, each time after the time before has ended. */
export interface Repetition {
  /** Ends the timer, and resolves when the work under way has ended. */
  stop: () => Promise<void>;
}

/**
 * Runs `work` now and then again, `everyMs` after it has ended.
 * @param work must not throw; its signal is aborted by `stop`
 */
export function repeat(everyMs: number, work: (signal: AbortSignal) => Promise<void>): Repetition {
  const abort = new AbortController();
  const { signal } = abort;
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      await work(signal);
      await pause(everyMs, signal);
    }
  };
  const running = run();
  return {
    stop: async () => {
      abort.abort();
      await running;
    },
  };
}
