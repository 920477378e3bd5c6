import type { Context } from '../src/context';
import { AppError } from '../src/errors';
import { JOBS, type JobKind, type JobOutcome, type JobPayload } from '../src/jobs/catalog';
import type { JobContract } from '../src/jobs/contract';
import { jobFailure, type TakenJob } from '../src/queue/consume';
import { isUnavailable } from '../src/store';
import { errorForLog } from '../src/telemetry/logger';
import type { Handler, Handlers } from './handler';

/** Why an attempt failed, in words that may be stored anywhere. */
interface Failure {
  code: string;
  retryable: boolean;
}

/** Thrown inside this file for refusals raised outside any handler. */
class Refusal extends Error {
  constructor(
    readonly code: 'unknown_kind' | 'invalid_payload' | 'timeout' | 'stopped',
    readonly retryable: boolean,
  ) {
    super(code);
  }
}

/**
 * Makes one attempt at a job; the only place that decides which errors are retried.
 * @param stop aborted when the process stops waiting for the job
 * @returns the handler's outcome
 * @throws an error that carries nothing but a code; see `jobFailure`
 */
export async function runJob(input: {
  ctx: Context;
  handlers: Handlers;
  job: TakenJob;
  stop: AbortSignal;
}): Promise<JobOutcome<JobKind>> {
  const { ctx, job } = input;
  const kind = isKind(job.kind) ? job.kind : null;
  const label = kind ?? 'unknown';
  const endTimer = ctx.metrics.jobSeconds.startTimer({ kind: label });
  const line = { job_id: job.id, kind: label, attempt: job.attempt };
  try {
    if (kind === null) throw new Refusal('unknown_kind', false);
    const outcome = await attempt(input, kind);
    ctx.metrics.jobs.inc({ kind: label, outcome });
    ctx.log.info({ ...line, outcome, seconds: endTimer() }, 'job done');
    return outcome;
  } catch (error) {
    const { code, retryable } = classify(error);
    const final = !retryable || kind === null || job.attempt >= JOBS[kind].attempts;
    ctx.metrics.jobs.inc({ kind: label, outcome: code });
    const failure = { ...line, code, final, seconds: endTimer(), error: errorForLog(error) };
    ctx.log[final ? 'error' : 'warn'](failure, 'job failed');
    throw jobFailure(code, retryable);
  }
}

function isKind(kind: string): kind is JobKind {
  return Object.hasOwn(JOBS, kind);
}

async function attempt(
  { ctx, handlers, job, stop }: Parameters<typeof runJob>[0],
  kind: JobKind,
): Promise<JobOutcome<JobKind>> {
  const contract: JobContract = JOBS[kind];
  const parsed = contract.payload.safeParse(job.payload);
  if (!parsed.success) throw new Refusal('invalid_payload', false);
  const payload = parsed.data as JobPayload<JobKind>;
  const handler = handlers[kind] as Handler<JobKind>;
  return withDeadline(contract.timeoutMs, stop, (signal) => handler({ ctx, payload, signal }));
}

/** Ends at the deadline or the stop even if the work ignores its signal. */
async function withDeadline<T>(
  deadlineMs: number,
  stop: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  const { signal } = abort;
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Refusal);
    });
  });
  // Not AbortSignal.any and .timeout: each job would leave a little memory behind.
  const timer = setTimeout(() => {
    abort.abort(new Refusal('timeout', true));
  }, deadlineMs);
  const onStop = (): void => {
    abort.abort(new Refusal('stopped', true));
  };
  stop.addEventListener('abort', onStop);
  if (stop.aborted) onStop();
  try {
    return await Promise.race([work(signal), aborted]);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    clearTimeout(timer);
    stop.removeEventListener('abort', onStop);
  }
}

/** Driver messages can contain data, so only our own codes ever leave. */
function classify(error: unknown): Failure {
  if (error instanceof AppError || error instanceof Refusal) {
    return { code: error.code, retryable: error.retryable };
  }
  return { code: isUnavailable(error) ? 'unavailable' : 'internal', retryable: true };
}
