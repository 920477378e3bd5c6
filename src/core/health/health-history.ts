import { QUEUE_NAMES, type QueueName } from '../../jobs/contract';
import { MINUTE_MS } from '../../lib/durations';
import type { HealthSample, QueueSample } from '../../store/health-samples';

/** A measurement, stored or just taken. */
type Moment = Omit<HealthSample, '_id'>;

/** Half an hour of one queue, or of all of them. */
export interface QueuePeriod {
  /** The most jobs at one time: waiting, active and delayed. */
  depth: number;
  oldest_seconds: number;
  /** Jobs that ended in this time. */
  completed: number;
  failed: number;
}

/** Half an hour; null where there is no sample or Redis was away. */
export interface Period {
  from: Date;
  queues: Record<QueueName, QueuePeriod> | null;
  /** The longest lag of any source. */
  outbox_seconds: number | null;
}

const PERIOD_MS = 30 * MINUTE_MS;
const PERIODS = 48;

/** The start of the first of the last day's periods. */
export function historyStart(now: Date): Date {
  const current = Math.floor(now.getTime() / PERIOD_MS) * PERIOD_MS;
  return new Date(current - (PERIODS - 1) * PERIOD_MS);
}

/**
 * The last day in periods, oldest first.
 * @param samples in the order of their times
 */
export function healthHistory(samples: Moment[], now: Date): Period[] {
  const start = historyStart(now).getTime();
  const periods = Array.from({ length: PERIODS }, (_, i): Period => {
    return { from: new Date(start + i * PERIOD_MS), queues: null, outbox_seconds: null };
  });
  let before: Moment['queues'] = null;
  for (const { at, queues, outbox } of samples) {
    const period = periods[Math.floor((at.getTime() - start) / PERIOD_MS)];
    if (period) {
      const lags = [period.outbox_seconds, ...Object.values(outbox)].filter((lag) => lag !== null);
      if (lags.length > 0) period.outbox_seconds = Math.max(...lags);
      if (queues) period.queues = added(period.queues, before, queues);
    }
    before = queues ?? before;
  }
  return periods;
}

/** How many jobs of a queue ended between the first and the last of these samples. */
export function endedIn(
  samples: Moment[],
  name: QueueName,
): Pick<QueuePeriod, 'completed' | 'failed'> {
  const sum = { completed: 0, failed: 0 };
  let before: QueueSample | null = null;
  for (const { queues } of samples) {
    if (!queues) continue;
    const { completed, failed } = ended(before, queues[name]);
    sum.completed += completed;
    sum.failed += failed;
    before = queues[name];
  }
  return sum;
}

function added(
  sums: Period['queues'],
  before: Moment['queues'],
  queues: NonNullable<Moment['queues']>,
): NonNullable<Period['queues']> {
  const entries = QUEUE_NAMES.map((name) => {
    const now = queues[name];
    const { depth = 0, oldest_seconds = 0, completed = 0, failed = 0 } = sums?.[name] ?? {};
    const more = ended(before?.[name] ?? null, now);
    const period: QueuePeriod = {
      depth: Math.max(depth, now.waiting + now.active + now.delayed),
      oldest_seconds: Math.max(oldest_seconds, now.oldest_seconds),
      completed: completed + more.completed,
      failed: failed + more.failed,
    };
    return [name, period] as const;
  });
  return Object.fromEntries(entries) as Record<QueueName, QueuePeriod>;
}

/** The first sample of all has nothing to be compared with. */
function ended(before: QueueSample | null, now: QueueSample) {
  if (!before) return { completed: 0, failed: 0 };
  return {
    completed: grown(before.completed_total, now.completed_total),
    failed: grown(before.failed_total, now.failed_total),
  };
}

/** A total that went down was reset with Redis. */
function grown(before: number, now: number): number {
  return now >= before ? now - before : now;
}
