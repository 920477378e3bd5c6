import type { Context } from '../../context';
import { QUEUE_NAMES, type QueueName } from '../../jobs/contract';
import { HOUR_MS } from '../../lib/durations';
import type { OutboxName } from '../../queue/outbox-jobs';
import type { QueueSample } from '../../store/health-samples';
import { endedIn, healthHistory, historyStart, type Period } from './health-history';
import { judgeQueue, judgeSource, type Verdict, worst } from './judge-health';
import { measureHealth } from './measure-health';

/** The state of one queue, and what it did in the last hour. */
export interface QueueHealth extends QueueSample {
  name: QueueName;
  completed_in_hour: number;
  failed_in_hour: number;
  verdict: Verdict;
}

/** The state of everything now and over the last day. */
export interface HealthReport {
  at: Date;
  verdict: Verdict;
  /** Null: Redis does not answer. */
  queues: QueueHealth[] | null;
  /** Null: its database does not answer. */
  outbox: { source: OutboxName; seconds: number | null; verdict: Verdict }[];
  history: Period[];
}

/** Measures queues and outbox, and reads the last day's samples. */
export async function readHealth({ ctx }: { ctx: Context }): Promise<HealthReport> {
  const now = await measureHealth({ ctx });
  const samples = [...(await ctx.store.healthSamples.since(historyStart(now.at))), now];
  const anHourAgo = new Date(now.at.getTime() - HOUR_MS);
  const recent = samples.filter(({ at }) => at >= anHourAgo);
  const { queues: measured } = now;
  const queues =
    measured &&
    QUEUE_NAMES.map((name): QueueHealth => {
      const { completed, failed } = endedIn(recent, name);
      const oldestSeconds = measured[name].oldest_seconds;
      return {
        name,
        ...measured[name],
        completed_in_hour: completed,
        failed_in_hour: failed,
        verdict: judgeQueue(name, { oldestSeconds, failedInHour: failed }),
      };
    });
  const outbox = (Object.entries(now.outbox) as [OutboxName, number | null][]).map(
    ([source, seconds]) => ({ source, seconds, verdict: judgeSource(source, seconds) }),
  );
  const verdicts = [...(queues ?? [{ verdict: 'act' as const }]), ...outbox];
  return {
    at: now.at,
    verdict: worst(verdicts.map(({ verdict }) => verdict)),
    queues,
    outbox,
    history: healthHistory(samples, now.at),
  };
}
