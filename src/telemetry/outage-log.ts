import { errorForLog, type Logger } from './logger';

const REMIND_AFTER_MS = 30_000;

/** Logs that a part does not answer: once when it starts, and every 30 s while it lasts. */
export interface OutageLog {
  failed: (error: unknown) => void;
  /** To be called whenever the part answers. */
  answered: () => void;
}

/**
 * A client that reconnects for ever reports an error on each try, which would bury everything else.
 * @param part as it is named in the log, for example `redis`
 */
export function createOutageLog(log: Logger, part: string): OutageLog {
  let loggedAt: number | null = null;
  return {
    failed: (error) => {
      if (loggedAt !== null && performance.now() - loggedAt < REMIND_AFTER_MS) return;
      loggedAt = performance.now();
      log.warn({ part, error: errorForLog(error) }, 'does not answer');
    },
    answered: () => {
      if (loggedAt !== null) log.info({ part }, 'answers again');
      loggedAt = null;
    },
  };
}
