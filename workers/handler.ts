import type { Context } from '../src/context';
import type { JobKind, JobPayload } from '../src/jobs/catalog';

/**
 * Does the work of one kind of job and returns its outcome, such as `done`, `already_done` or
 * `gone`: finding nothing left to do is an outcome, not an error. It may run more than once, also
 * at the same time.
 */
export type Handler<K extends JobKind> = (input: {
  ctx: Context;
  payload: JobPayload<K>;
  /** Aborted at the job's deadline and when the process gives up waiting for it. */
  signal: AbortSignal;
}) => Promise<string>;

/** A handler for each kind there is. */
export type Handlers = { readonly [K in JobKind]: Handler<K> };
