import type { Context } from '../../context';
import { QUEUE_NAMES, type QueueName } from '../../jobs/contract';
import { readQueueDepths } from '../../queue/depth';
import { type OutboxLags, readOutboxLags } from '../../queue/outbox-lags';
import { readQueueTotals } from '../../queue/totals';
import type { HealthSample, QueueSample } from '../../store/health-samples';
import { errorForLog } from '../../telemetry/logger';

/** The state of queues and outbox right now; `queues` is null while Redis is away. */
export interface Health extends Omit<HealthSample, '_id'> {
  outbox: OutboxLags;
  /** Queues that an operator has stopped. */
  paused: QueueName[];
}

/** Measures every queue and the outbox. */
export async function measureHealth({ ctx }: { ctx: Context }): Promise<Health> {
  const [measured, outbox] = await Promise.all([
    readQueues(ctx),
    readOutboxLags(ctx.store, ctx.log),
  ]);
  const { queues, paused } = measured;
  return { at: ctx.now(), queues, paused, outbox };
}

async function readQueues(ctx: Context): Promise<Pick<Health, 'queues' | 'paused'>> {
  try {
    const [depths, totals] = await Promise.all([
      readQueueDepths(ctx.queues),
      readQueueTotals(ctx.queues),
    ]);
    const byName = new Map(depths.map((depth) => [depth.queue, depth]));
    const samples = QUEUE_NAMES.map((name): [QueueName, QueueSample] => {
      const { jobs = {}, oldestWaitingSeconds = 0 } = byName.get(name) ?? {};
      const sample = {
        waiting: (jobs.waiting ?? 0) + (jobs.prioritized ?? 0),
        active: jobs.active ?? 0,
        delayed: jobs.delayed ?? 0,
        failed: jobs.failed ?? 0,
        oldest_seconds: oldestWaitingSeconds,
        completed_total: totals[name].completed,
        failed_total: totals[name].failed,
      };
      return [name, sample];
    });
    return {
      queues: Object.fromEntries(samples) as Record<QueueName, QueueSample>,
      paused: depths.filter(({ paused }) => paused).map(({ queue }) => queue),
    };
  } catch (error) {
    ctx.log.warn({ error: errorForLog(error) }, 'queues could not be measured');
    return { queues: null, paused: [] };
  }
}
