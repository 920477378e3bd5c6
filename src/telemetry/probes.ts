import type { Context } from '../context';
import { inTime } from '../lib/deadline';
import { readQueueDepths } from '../queue/depth';
import type { OutboxName } from '../queue/outbox';
import { readOutboxLags } from '../queue/outbox-lags';
import { errorForLog } from './logger';

const REDIS_DEADLINE_MS = 500;
const MONGODB_DEADLINE_MS = 2_000;
const SCRAPE_DEADLINE_MS = 2_000;

/** As alarms know them. */
const OUTBOX_LABELS: Record<OutboxName, string> = {
  revocations: 'revocations',
  consentRevocations: 'consents',
  usConsentRevocations: 'consents_us',
  retentions: 'retentions',
  batches: 'batches',
  cleanups: 'cleanups',
};

/**
 * What does not answer: without MongoDB nothing works, without Redis the essential does, and without
 * the database of the US region everything but that region.
 */
export interface Readiness {
  failed: 'mongodb'[];
  degraded: ('redis' | 'mongodb_us')[];
}

/** Asks MongoDB, of both regions, and Redis, each with a deadline. */
export async function readReadiness(ctx: Context): Promise<Readiness> {
  const [mongodb, redis, us] = await Promise.all([
    answers(ctx, 'mongodb', MONGODB_DEADLINE_MS, ctx.store.ping()),
    answers(ctx, 'redis', REDIS_DEADLINE_MS, ctx.queues.redis.ping()),
    ctx.config.mongodbUriUs === null ||
      answers(ctx, 'mongodb_us', MONGODB_DEADLINE_MS, ctx.store.regions.us.ping()),
  ]);
  const degraded: Readiness['degraded'] = [];
  if (!redis) degraded.push('redis');
  if (!us) degraded.push('mongodb_us');
  return { failed: mongodb ? [] : ['mongodb'], degraded };
}

/**
 * The metrics in Prometheus' text format. Gauges that are read at the moment of the scrape are left
 * out when what they are read from does not answer: a stale value would hide the outage.
 */
export async function scrapeMetrics(ctx: Context): Promise<{ contentType: string; text: string }> {
  const { registry } = ctx.metrics;
  await Promise.all([
    answers(ctx, 'queue metrics', SCRAPE_DEADLINE_MS, refreshQueues(ctx)),
    refreshOutbox(ctx),
    answers(ctx, 'wallet metrics', SCRAPE_DEADLINE_MS, refreshWallets(ctx)),
    answers(ctx, 'clean-up metrics', SCRAPE_DEADLINE_MS, refreshCleanups(ctx)),
  ]);
  return { contentType: registry.contentType, text: await registry.metrics() };
}

async function refreshQueues({ metrics, queues }: Context): Promise<void> {
  metrics.queueDepth.reset();
  metrics.queueOldestSeconds.reset();
  for (const { queue, jobs, oldestWaitingSeconds } of await readQueueDepths(queues)) {
    for (const [state, count] of Object.entries(jobs))
      metrics.queueDepth.set({ queue, state }, count);
    metrics.queueOldestSeconds.set({ queue }, oldestWaitingSeconds);
  }
}

async function refreshOutbox({ metrics, store, log }: Context): Promise<void> {
  metrics.outboxLagSeconds.reset();
  const lags = Object.entries(await readOutboxLags(store, log)) as [OutboxName, number | null][];
  for (const [name, seconds] of lags) {
    const source = OUTBOX_LABELS[name];
    if (seconds !== null) metrics.outboxLagSeconds.set({ source }, seconds);
  }
}

async function refreshWallets({ metrics, store }: Context): Promise<void> {
  metrics.walletsDrifting.remove();
  metrics.walletsDrifting.set(await store.wallets.countDrifting());
}

async function refreshCleanups({ metrics, store }: Context): Promise<void> {
  metrics.cleanupsFailed.remove();
  metrics.cleanupsFailed.set(await store.cleanups.countFailed());
}

/** Whether `work` ends well within the deadline; what it throws is logged. */
async function answers(
  ctx: Context,
  part: string,
  deadlineMs: number,
  work: Promise<unknown>,
): Promise<boolean> {
  try {
    await inTime(deadlineMs, work);
    return true;
  } catch (error) {
    ctx.log.warn({ part, error: errorForLog(error) }, 'a part does not answer');
    return false;
  }
}
