import type { Context } from '../src/context';
import { JOBS } from '../src/jobs/catalog';
import type { QueueName } from '../src/jobs/contract';
import { distinct } from '../src/lib/distinct';
import { consumeQueue } from '../src/queue/consume';
import { createOutageLog } from '../src/telemetry/outage-log';
import { HANDLERS } from './handlers';
import { runJob } from './run-job';

/** How many jobs of a queue a worker process runs at a time. */
const CONCURRENCY: Record<QueueName, number> = {
  // Many, because those under way share their reads and writes.
  'opt-outs': 256,
  'bulk-revocations': 4,
  // Twice what one company may have running, so that others need not wait for its files.
  'csv-revocations': 4,
  scrubs: 4,
  retention: 8,
  'data-cleanup': 1,
  wallet: 1,
  // Each waits for an endpoint most of the time.
  webhooks: 200,
  // One that proves the audit, and files of evidence beside it, which come after it.
  audit: 4,
  // Each waits for the mail server.
  mail: 8,
};

/** Starts a consumer for every queue that a kind of job goes to. */
export function startConsumers(ctx: Context, handlers = HANDLERS) {
  const queues = distinct(Object.values(JOBS).map((job) => job.queue));
  const outage = createOutageLog(ctx.log, 'redis (consumers)');
  const consumers = queues.map((name) =>
    consumeQueue({
      url: ctx.config.redisUrl,
      prefix: ctx.config.redisPrefix,
      name,
      concurrency: CONCURRENCY[name],
      process: (job, stop) => runJob({ ctx, handlers, job, stop }),
      onError: outage.failed,
      onReady: outage.answered,
    }),
  );
  return {
    queues,
    /** Those from which jobs are taken at the moment. */
    taking: () => queues.filter((_, i) => consumers[i]?.isConnected()),
    /** Takes no further jobs, and waits for those under way until the deadline. */
    close: async (deadlineMs: number): Promise<void> => {
      await Promise.all(consumers.map((consumer) => consumer.close(deadlineMs)));
    },
  };
}
