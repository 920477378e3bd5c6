import type { QueueName } from '../../jobs/contract';
import type { OutboxName } from '../../queue/outbox-jobs';

/** What an operator has to do about it: nothing, keep an eye on it, act. */
export type Verdict = 'good' | 'watch' | 'act';

/** What is the matter with a queue. */
export type QueueState = 'good' | 'failing' | 'slow' | 'stuck' | 'paused';

/** What a queue is judged by. */
export interface QueueFacts {
  waiting: number;
  oldestSeconds: number;
  failedInHour: number;
  paused: boolean;
  /** Whether any worker lives, and whether one of them takes its jobs. */
  workers: 'take it' | 'take others' | 'none';
}

/** How long the oldest may wait. */
interface Patience {
  watchSeconds: number;
  actSeconds: number;
}

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 60 * MINUTE_SECONDS;
/** Its jobs are short or rare, so whatever waits this long is stuck. */
const PROMPT: Patience = { watchSeconds: MINUTE_SECONDS, actSeconds: 10 * MINUTE_SECONDS };
/** Goes through files and old data, one job after another. */
const LONG: Patience = { watchSeconds: HOUR_SECONDS, actSeconds: 6 * HOUR_SECONDS };
/** A worker that has just started, or has lost Redis for a moment, takes jobs within this. */
const UNTAKEN_SECONDS = 30;

const QUEUES: Record<QueueName, Patience> = {
  'opt-outs': PROMPT,
  'bulk-revocations': PROMPT,
  'csv-revocations': LONG,
  scrubs: LONG,
  retention: PROMPT,
  'data-cleanup': LONG,
  wallet: PROMPT,
  webhooks: PROMPT,
  audit: LONG,
  mail: PROMPT,
};

const SOURCES: Record<OutboxName, Patience> = {
  revocations: PROMPT,
  consentRevocations: PROMPT,
  usConsentRevocations: PROMPT,
  retentions: PROMPT,
  batches: LONG,
  cleanups: LONG,
  mails: PROMPT,
  webhookEvents: PROMPT,
  usWebhookEvents: PROMPT,
  evidence: LONG,
};

/** Judges a queue by who takes its jobs, the age of the oldest, and what failed in the last hour. */
export function judgeQueue(
  name: QueueName,
  facts: QueueFacts,
): { state: QueueState; verdict: Verdict } {
  const { waiting, oldestSeconds, failedInHour, paused } = facts;
  // Nothing but an operator has it go on.
  if (paused) return { state: 'paused', verdict: waiting > 0 ? 'act' : 'watch' };
  const age = byAge(oldestSeconds, QUEUES[name]);
  if (age === 'act' || isUntaken(facts)) return { state: 'stuck', verdict: 'act' };
  if (age === 'watch') return { state: 'slow', verdict: 'watch' };
  if (failedInHour > 0) return { state: 'failing', verdict: 'watch' };
  return { state: 'good', verdict: 'good' };
}

function isUntaken({ waiting, oldestSeconds, workers }: QueueFacts): boolean {
  if (waiting === 0 || workers === 'take it') return false;
  return workers === 'none' || oldestSeconds >= UNTAKEN_SECONDS;
}

/** Judges recorded work by the age of the oldest that is not done; null: unknown. */
export function judgeSource(source: OutboxName, seconds: number | null): Verdict {
  return seconds === null ? 'act' : byAge(seconds, SOURCES[source]);
}

/** Judges deliveries by the age of the oldest that is due and that no worker is at. */
export function judgeDeliveries(seconds: number): Verdict {
  return byAge(seconds, PROMPT);
}

/** The most urgent one. */
export function worst(verdicts: Verdict[]): Verdict {
  if (verdicts.includes('act')) return 'act';
  return verdicts.includes('watch') ? 'watch' : 'good';
}

function byAge(seconds: number, { watchSeconds, actSeconds }: Patience): Verdict {
  if (seconds >= actSeconds) return 'act';
  return seconds >= watchSeconds ? 'watch' : 'good';
}
