import type { z } from 'zod';

/** The queues that operators know by name. */
export const QUEUE_NAMES = [
  'opt-outs',
  'bulk-revocations',
  'csv-revocations',
  'scrubs',
  'retention',
  'data-cleanup',
  'wallet',
  'audit',
  'webhooks',
  'mail',
] as const;
export type QueueName = (typeof QUEUE_NAMES)[number];

/** What both sides of the queue agree on for one kind of job. */
export interface JobContract<
  Payload extends z.ZodType = z.ZodType,
  Outcome extends string = string,
> {
  /** Permanent: it is stored with every waiting job. */
  kind: string;
  queue: QueueName;
  /** Ids only: nothing personal and no secret ever goes to Redis. */
  payload: Payload;
  /**
   * How an attempt can end without failing; finding nothing left to do is an outcome, too. They
   * are stored with finished jobs and label a metric.
   */
  outcomes: readonly Outcome[];
  /** How often it is tried before it counts as failed; what is still due is then enqueued again. */
  attempts: number;
  /** Delay before the second try; it doubles with each try, with jitter. */
  backoffMs: number;
  /** After this the job's signal is aborted and the attempt counts as failed. */
  timeoutMs: number;
  keepCompleted: { count: number; ageSeconds: number };
  keepFailed: { count: number; ageSeconds: number };
  /** For periodic jobs, which have an empty payload: the time between two runs. */
  everyMs?: number;
}

/** Declares a job; the identity function, for its types. */
export function defineJob<
  Payload extends z.ZodType,
  const Kind extends string,
  const Outcome extends string,
>(
  contract: JobContract<Payload, Outcome> & { kind: Kind },
): JobContract<Payload, Outcome> & { kind: Kind } {
  return contract;
}

const HOUR_SECONDS = 3_600;

/** How long finished jobs are kept for operators to look at. */
export const KEEP = {
  keepCompleted: { count: 1_000, ageSeconds: 24 * HOUR_SECONDS },
  keepFailed: { count: 5_000, ageSeconds: 14 * 24 * HOUR_SECONDS },
} as const;
