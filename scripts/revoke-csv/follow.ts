import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Access, type BatchView, changeBatch, getBatch, saveErrors, Unreachable } from './api';

const EVERY_MS = 1_000;
const MAX_PAUSE_MS = 15_000;
const FINISHED = new Set(['completed', 'failed', 'cancelled', 'previewed']);

/**
 * Follows a batch until it has ended, however long the service is away meanwhile.
 * @param onProgress gets each look at it, or null and why there was none
 * @throws Refused
 */
export async function follow(
  access: Access,
  batchId: string,
  onProgress: (batch: BatchView | null, trouble: string) => void,
): Promise<BatchView> {
  for (;;) {
    const batch = await untilAnswered(access, () => getBatch(access, batchId), onProgress);
    onProgress(batch, '');
    if (FINISHED.has(batch.state)) return batch;
    await sleep(EVERY_MS, undefined, { signal: access.signal });
  }
}

/**
 * Saves the rows that were not revoked, trying as long as the service is away.
 * @returns how many there were
 * @throws Refused; the error of the file system
 */
export function fetchErrors(
  access: Access,
  batchId: string,
  file: string,
  onTrouble: (batch: null, trouble: string) => void,
): Promise<number> {
  return untilAnswered(access, () => saveErrors(access, batchId, file), onTrouble);
}

/**
 * Runs a finished dry run for real, or gives it up, trying as long as the service is away.
 * @throws Refused
 */
export function decide(
  access: Access,
  batchId: string,
  verb: 'commit' | 'cancel',
  onTrouble: (batch: null, trouble: string) => void,
): Promise<void> {
  const key = randomUUID();
  return untilAnswered(access, () => changeBatch(access, batchId, verb, key), onTrouble);
}

async function untilAnswered<T>(
  access: Access,
  ask: () => Promise<T>,
  onTrouble: (batch: null, trouble: string) => void,
): Promise<T> {
  for (let pauseMs = EVERY_MS; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      onTrouble(null, error.message);
    }
    await sleep(pauseMs, undefined, { signal: access.signal });
  }
}
