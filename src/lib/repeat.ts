import { pause } from './pause';

/** Work repeated on a timer, one round at a time. */
export interface Repetition {
  /** Ends the timer; resolves when the current round has ended. */
  stop: () => Promise<void>;
}

/**
 * Calls `work` now, and again `everyMs` milliseconds after each round has ended.
 * @param work must not throw; its signal is aborted by `stop`
 */
export function repeat(everyMs: number, work: (signal: AbortSignal) => Promise<void>): Repetition {
  const abort = new AbortController();
  const { signal } = abort;
  const loop = async (): Promise<void> => {
    while (!signal.aborted) {
      await work(signal);
      await pause(everyMs, signal);
    }
  };
  const running = loop();
  return {
    stop: async () => {
      abort.abort();
      await running;
    },
  };
}
