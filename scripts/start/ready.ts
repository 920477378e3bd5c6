import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../services';

const POLL_MS = 200;
const ANSWERS_WITHIN_MS = 2_000;
const SAYS_SO_EVERY_MS = 5_000;

/** Waits until `GET /readyz` answers 200, and says now and then what it waits for. */
export async function waitUntilReady(base: string, signal: AbortSignal, log: Log): Promise<void> {
  let nextLineAt = Date.now() + SAYS_SO_EVERY_MS;
  for (;;) {
    const status = await readiness(base);
    if (status === 'ready' || signal.aborted) return;
    if (Date.now() > nextLineAt) {
      log(`Waiting for ${base}/readyz (${status})…`);
      nextLineAt = Date.now() + SAYS_SO_EVERY_MS;
    }
    await sleep(POLL_MS);
  }
}

async function readiness(base: string): Promise<string> {
  try {
    const timeout = AbortSignal.timeout(ANSWERS_WITHIN_MS);
    const response = await fetch(`${base}/readyz`, { signal: timeout });
    if (response.status === 200) return 'ready';
    return `${response.status} ${(await response.text()).slice(0, 200)}`;
  } catch (error) {
    // Not listening yet: an answer like any other.
    return error instanceof Error ? 'no answer' : String(error);
  }
}
