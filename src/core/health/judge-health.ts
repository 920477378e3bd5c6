import type { QueueName } from '../../jobs/contract';
import type { OutboxName } from '../../queue/outbox-jobs';

/** What an operator has to do about it: nothing, keep an eye on it, act. */
export type Verdict = 'good' | 'watch' | 'act';

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

const QUEUES: Record<QueueName, Patience> = {
  'opt-outs': PROMPT,
  'bulk-revocations': PROMPT,
  'csv-revocations': LONG,
  retention: PROMPT,
  'data-cleanup': LONG,
  wallet: PROMPT,
  audit: PROMPT,
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
};

/** Judges a queue by the age of its oldest job and by what failed in the last hour. */
export function judgeQueue(
  name: QueueName,
  { oldestSeconds, failedInHour }: { oldestSeconds: number; failedInHour: number },
): Verdict {
  return worst([byAge(oldestSeconds, QUEUES[name]), failedInHour > 0 ? 'watch' : 'good']);
}

/** Judges recorded work by the age of the oldest that is not done; null: unknown. */
export function judgeSource(source: OutboxName, seconds: number | null): Verdict {
  return seconds === null ? 'act' : byAge(seconds, SOURCES[source]);
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
