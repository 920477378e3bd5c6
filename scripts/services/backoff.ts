import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 10_000;
const HEALTHY_AFTER_MS = 30_000;

/** Pauses between restarts: 1 s, doubling to 10 s; 1 s again after a life of 30 s. */
export interface Backoff {
  /** Notes that a new life begins now. */
  started(): void;
  nextDelayMs(): number;
  /** Waits; false when `cancel` was called. */
  wait(delayMs: number): Promise<boolean>;
  /** Ends a wait that is under way, and all later ones. */
  cancel(): void;
}

/** Starts counting; the first life begins now. */
export function createBackoff(): Backoff {
  const cancelled = new AbortController();
  let startedAt = Date.now();
  let upcomingMs = FIRST_DELAY_MS;
  return {
    started() {
      startedAt = Date.now();
    },
    nextDelayMs() {
      if (Date.now() - startedAt >= HEALTHY_AFTER_MS) upcomingMs = FIRST_DELAY_MS;
      const delayMs = upcomingMs;
      upcomingMs = Math.min(upcomingMs * 2, LONGEST_DELAY_MS);
      return delayMs;
    },
    async wait(delayMs) {
      try {
        await sleep(delayMs, undefined, { signal: cancelled.signal });
        return true;
      } catch (error) {
        if (cancelled.signal.aborted) return false;
        throw error;
      }
    },
    cancel: () => cancelled.abort(),
  };
}
