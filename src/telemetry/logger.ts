import { destination, type Logger, pino } from 'pino';

export type { Logger };

/**
 * Structured logs on stdout. Only ids, codes and counts are ever logged; the redaction is a safety
 * net for that rule, not a substitute.
 */
export function createLogger(level: string, process: 'web' | 'worker' | 'script'): Logger {
  const options = {
    level,
    base: { process },
    redact: ['*.email', '*.mobile', '*.token', '*.password', '*.authorization', 'req.headers'],
  };
  // Not sync: a line that waits for the terminal would hold up every caller.
  return pino(options, destination({ dest: 1, sync: false }));
}

/** The part of an error that is safe to log: driver messages can contain data. */
export function errorForLog(error: unknown): {
  name: string;
  code: unknown;
  at: string | undefined;
} {
  const { name, code, stack } = error as { name?: string; code?: unknown; stack?: string };
  const frames = stack?.split('\n').filter((line) => /^\s+at /.test(line));
  return { name: name ?? typeof error, code, at: frames?.slice(0, 4).join(' <').trim() };
}
