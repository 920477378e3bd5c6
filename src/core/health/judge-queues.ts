import { QUEUE_NAMES, type QueueName } from '../../jobs/contract';
import type { OutboxName } from '../../queue/outbox-jobs';
import type { HealthSample, QueueSample } from '../../store/health-samples';
import { endedIn } from './health-history';
import { judgeQueue, judgeSource, type QueueState, type Verdict } from './judge-health';
import type { Processes } from './list-processes';
import type { Health } from './measure-health';

/** The state of one queue, and what it did in the last hour. */
export interface QueueHealth extends QueueSample {
  name: QueueName;
  paused: boolean;
  /** Whether a worker that lives takes its jobs. */
  taken: boolean;
  completed_in_hour: number;
  failed_in_hour: number;
  state: QueueState;
  verdict: Verdict;
}

/** Recorded work of one kind; null: its database does not answer. */
export interface SourceHealth {
  source: OutboxName;
  seconds: number | null;
  verdict: Verdict;
}

/**
 * Judges every queue; null while Redis is away.
 * @param recent the samples of the last hour, and `now`
 * @param known null: it is not known which workers live
 */
export function judgeQueues(
  now: Health,
  recent: Omit<HealthSample, '_id'>[],
  known: Processes | null,
): QueueHealth[] | null {
  const { queues: samples, paused } = now;
  if (!samples) return null;
  const workers = known?.processes.filter(
    ({ role, state }) => role === 'worker' && state === 'alive',
  );
  return QUEUE_NAMES.map((name): QueueHealth => {
    const sample = samples[name];
    const { completed, failed } = endedIn(recent, name);
    const taken = !workers || workers.some(({ takes }) => takes.includes(name));
    const facts = {
      waiting: sample.waiting,
      oldestSeconds: sample.oldest_seconds,
      failedInHour: failed,
      paused: paused.includes(name),
      workers: taken ? 'take it' : workers.length > 0 ? 'take others' : 'none',
    } as const;
    return {
      name,
      ...sample,
      paused: facts.paused,
      taken,
      completed_in_hour: completed,
      failed_in_hour: failed,
      ...judgeQueue(name, facts),
    };
  });
}

/** Judges the recorded work of every kind. */
export function judgeOutbox({ outbox }: Health): SourceHealth[] {
  return (Object.entries(outbox) as [OutboxName, number | null][]).map(([source, seconds]) => {
    const verdict = judgeSource(source, seconds);
    return { source, seconds, verdict };
  });
}
