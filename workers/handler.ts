import type { Context } from '../src/context';
import type { JobKind, JobOutcome, JobPayload } from '../src/jobs/catalog';

/**
 * Does the work of one kind of job and returns one of the outcomes its contract names: finding
 * nothing left to do is an outcome, not an error. It may run more than once, also concurrently.
 */
export type Handler<K extends JobKind> = (input: {
  ctx: Context;
  payload: JobPayload<K>;
  /** Aborted at the job's deadline, and when the process stops waiting for it. */
  signal: AbortSignal;
}) => Promise<JobOutcome<K>>;

/** A handler for every kind. */
export type Handlers = { readonly [K in JobKind]: Handler<K> };
