import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Access, change, Unreachable } from './access';

const EVERY_MS = 1_000;
const MAX_PAUSE_MS = 15_000;
const FINISHED = new Set(['completed', 'failed', 'cancelled', 'previewed']);

/** Is told why the service cannot be asked. */
export type Trouble = (view: null, trouble: string) => void;

/**
 * Follows what is done with a file until it has ended, however long the service is away meanwhile.
 * @param onProgress gets each look at it, or null and why there was none
 * @throws Refused
 */
export async function follow<View extends { state: string }>(
  access: Access,
  look: () => Promise<View>,
  onProgress: (view: View | null, trouble: string) => void,
): Promise<View> {
  for (;;) {
    const view = await patiently(access, look, onProgress);
    onProgress(view, '');
    if (FINISHED.has(view.state)) return view;
    await sleep(EVERY_MS, undefined, { signal: access.signal });
  }
}

/**
 * Has what a preview has shown done for real, or gives it up, trying as long as the service is away.
 * @param path of what was previewed
 * @throws Refused
 */
export function decide(
  access: Access,
  path: string,
  verb: 'commit' | 'cancel',
  onTrouble: Trouble,
): Promise<void> {
  const key = randomUUID();
  return patiently(access, () => change(access, `${path}/${verb}`, key), onTrouble);
}

/**
 * Asks until there is an answer.
 * @throws Refused, and whatever else asking again does not help with
 */
export async function patiently<T>(
  access: Access,
  ask: () => Promise<T>,
  onTrouble: Trouble,
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
