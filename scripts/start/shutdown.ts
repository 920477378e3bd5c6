import type { Log } from '../services';

// One Ctrl-C arrives several times: from the terminal, from npm and from the bootstrap script.
const SAME_KEY_PRESS_MS = 500;

/** What has to be ended when this run ends, last added first. */
export interface Shutdown {
  /** Aborted as soon as the run is to end. */
  signal: AbortSignal;
  isEnding(): boolean;
  add(step: () => Promise<void>): void;
  /** Ends everything and leaves with `exitCode`. */
  run(exitCode: number): Promise<void>;
}

/** Ends the run in good order on SIGINT, SIGTERM or SIGHUP; a second one kills everything. */
export function createShutdown(log: Log): Shutdown {
  const ending = new AbortController();
  const steps: (() => Promise<void>)[] = [];
  let firstSignalAt: number | null = null;

  const run = async (exitCode: number): Promise<void> => {
    ending.abort();
    let code = exitCode;
    for (let step = steps.pop(); step; step = steps.pop()) {
      try {
        await step();
      } catch (error) {
        log(`While stopping: ${error instanceof Error ? error.message : String(error)}`);
        code = 1;
      }
    }
    process.exit(code);
  };
  const onSignal = (): void => {
    if (firstSignalAt === null) {
      firstSignalAt = Date.now();
      log('Stopping… (Ctrl-C again kills at once)');
      void run(0);
    } else if (Date.now() - firstSignalAt > SAME_KEY_PRESS_MS) {
      // Leaving kills all children that are still there.
      process.exit(130);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  return {
    signal: ending.signal,
    isEnding: () => ending.signal.aborted,
    add: (step) => steps.push(step),
    run,
  };
}
