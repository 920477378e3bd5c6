import { setTimeout as sleep } from 'node:timers/promises';
import { sendSignal } from './processes';
import type { LocalService, Log } from './types';

const EVERY_MS = 2_000;
/** Longer than an answer takes on a busy machine. */
const SILENCE_MS = 5_000;
/** Longer than a busy service takes on a slow machine. */
const PATIENCE_MS = 20_000;

/**
 * Kills the process of a local service that has stopped answering, so that whoever keeps it running
 * tidies up and starts it again on its data. Ends with the service.
 * @param ask resolves when the service answers; it may take forever
 * @param onSilence told when it answers again after more than 5 s
 * @param patienceMs how long it may go unanswered
 */
export async function killWhenHung({
  name,
  service,
  ask,
  log,
  onSilence = () => undefined,
  everyMs = EVERY_MS,
  patienceMs = PATIENCE_MS,
}: {
  name: string;
  service: Pick<LocalService, 'pid' | 'exited'>;
  ask: () => Promise<unknown>;
  log: Log;
  onSilence?: () => void;
  everyMs?: number;
  patienceMs?: number;
}): Promise<void> {
  const over = new AbortController();
  const gone = service.exited.then(() => {
    over.abort();
  });
  const isOver = (): boolean => over.signal.aborted;
  let answeredAt = performance.now();
  while (!isOver()) {
    const answers = ask().then(
      () => true,
      () => false,
    );
    const late = sleep(patienceMs, false, { ref: false });
    const isAnswered = await Promise.race([answers, late, gone.then(() => false)]);
    const silentMs = performance.now() - answeredAt;
    if (isAnswered) {
      if (silentMs > SILENCE_MS) onSilence();
      answeredAt = performance.now();
    } else if (!isOver() && silentMs > patienceMs) {
      log(`${name} has not answered for ${patienceMs / 1_000} s; ending it.`);
      sendSignal(service.pid, 'SIGKILL');
      return;
    }
    await Promise.race([sleep(everyMs, undefined, { ref: false }), gone]);
  }
}
