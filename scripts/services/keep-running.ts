import { createBackoff } from './backoff';
import type { LocalService, Log } from './types';

/** A local service that is started again, on the same data and port, whenever it dies. */
export interface KeptService<S extends LocalService> {
  first: S;
  stop: () => Promise<void>;
}

/** Starts a local service and keeps it running until `stop`. */
export async function keepRunning<S extends LocalService>(
  name: string,
  start: () => Promise<S>,
  log: Log,
): Promise<KeptService<S>> {
  const first = await start();
  const backoff = createBackoff();
  let isStopping = false;
  let current: LocalService = first;

  const restart = async (): Promise<boolean> => {
    for (;;) {
      if (!(await backoff.wait(backoff.nextDelayMs()))) return false;
      try {
        current = await start();
        backoff.started();
        log(`${name} runs again.`);
        return true;
      } catch (error) {
        log(`${name} did not start: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  };
  const watch = async (): Promise<void> => {
    for (;;) {
      const how = await current.exited;
      if (isStopping) return;
      log(`${name} died (${how}); starting it again.`);
      // Tidies up what it left beside itself.
      await current.stop();
      if (!(await restart())) return;
    }
  };
  const ended = watch();

  return {
    first,
    async stop() {
      isStopping = true;
      backoff.cancel();
      await current.stop();
      await ended;
      // A restart may have been under way.
      await current.stop();
    },
  };
}
