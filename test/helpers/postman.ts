import type { Context } from '../../src/context';
import { repeat } from '../../src/lib/repeat';
import { consumeQueue } from '../../src/queue/consume';
import { handOver } from '../../src/queue/outbox';
import { HANDLERS } from '../../workers/handlers';
import { runJob } from '../../workers/run-job';

/** Sends the mails of a service, as a worker does, and does no other work. */
export function startPostman(ctx: Context): { stop: () => Promise<void> } {
  const consumer = consumeQueue({
    url: ctx.config.redisUrl,
    prefix: ctx.config.redisPrefix,
    name: 'mail',
    concurrency: 4,
    process: (job, stop) => runJob({ ctx, handlers: HANDLERS, job, stop }),
    onError: () => undefined,
    onReady: () => undefined,
  });
  const missed = repeat(1_000, () => enqueueMissed(ctx).catch(() => undefined));
  return {
    stop: async () => {
      await missed.stop();
      await consumer.close(1_000);
    },
  };
}

/** On a loaded machine Redis may not answer in time; a worker's reconciler makes up for that. */
async function enqueueMissed({ store, queues }: Context): Promise<void> {
  const before = new Date(Date.now() - 1_000);
  const missed = await store.mails.findPending(before, new Date(0), 10);
  await handOver(store, queues, 'mails', missed);
}
