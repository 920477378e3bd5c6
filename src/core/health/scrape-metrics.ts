import type { Context } from '../../context';
import { readQueueDepths } from '../../queue/depth';
import type { OutboxName } from '../../queue/outbox-jobs';
import { readOutboxLags } from '../../queue/outbox-lags';
import { REGIONS } from '../../store/regions';
import { findOverdue } from '../webhooks/overdue';
import { findLateDeliveries } from '../webhooks/late-deliveries';
import { answersInTime } from './answers-in-time';
import { countAlive } from './list-processes';
import { findUnusualRates } from './unusual-rates';

const DEADLINE_MS = 2_000;
const SECOND_MS = 1_000;

/** The `source` label of each outbox; alarms refer to it. */
const OUTBOX_LABELS: Record<OutboxName, string> = {
  revocations: 'revocations',
  consentRevocations: 'consents',
  usConsentRevocations: 'consents_us',
  retentions: 'retentions',
  batches: 'batches',
  cleanups: 'cleanups',
  mails: 'mails',
  webhookEvents: 'webhook_events',
  usWebhookEvents: 'webhook_events_us',
  evidence: 'evidence',
};

/**
 * The metrics in Prometheus' text format. Gauges read at scrape time are left out when their source
 * does not answer: a stale value would hide the outage.
 */
export async function scrapeMetrics({
  ctx,
}: {
  ctx: Context;
}): Promise<{ contentType: string; text: string }> {
  const { registry } = ctx.metrics;
  await Promise.all([
    refreshed(ctx, 'queue metrics', refreshQueues(ctx)),
    refreshOutbox(ctx),
    refreshed(ctx, 'process metrics', refreshProcesses(ctx)),
    refreshed(ctx, 'wallet metrics', refreshWallets(ctx)),
    refreshed(ctx, 'clean-up metrics', refreshCleanups(ctx)),
    refreshed(ctx, 'audit metrics', refreshAuditGaps(ctx)),
    refreshed(ctx, 'log metrics', refreshLogs(ctx)),
    refreshed(ctx, 'unusual rates', refreshUnusualRates(ctx)),
    refreshed(ctx, 'overdue webhooks', refreshOverdue(ctx)),
    refreshed(ctx, 'webhook metrics', refreshWebhooks(ctx)),
  ]);
  return { contentType: registry.contentType, text: await registry.metrics() };
}

function refreshed(ctx: Context, part: string, work: Promise<void>): Promise<boolean> {
  return answersInTime({ ctx, part, deadlineMs: DEADLINE_MS, work });
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

async function refreshProcesses(ctx: Context): Promise<void> {
  const { processesAlive } = ctx.metrics;
  processesAlive.reset();
  const alive = await countAlive({ ctx });
  processesAlive.set({ role: 'web' }, alive.web);
  processesAlive.set({ role: 'worker' }, alive.worker);
}

async function refreshWallets({ metrics, store }: Context): Promise<void> {
  metrics.walletsDrifting.remove();
  metrics.walletsDrifting.set(await store.walletProofs.countDrifting());
}

async function refreshCleanups({ metrics, store }: Context): Promise<void> {
  metrics.cleanupsFailed.remove();
  metrics.cleanupsFailed.set(await store.cleanups.countFailed());
}

async function refreshAuditGaps({ metrics, store }: Context): Promise<void> {
  metrics.auditGaps.remove();
  metrics.auditGaps.set((await store.auditProofs.find())?.found ?? 0);
}

async function refreshLogs({ metrics, store, now }: Context): Promise<void> {
  const { logStopped, logCheckpointSize, logCheckpointAgeSeconds } = metrics;
  for (const gauge of [logStopped, logCheckpointSize, logCheckpointAgeSeconds]) gauge.reset();
  for (const region of REGIONS) {
    const head = await store.regions[region].proofLog.head();
    if (!head) continue;
    logStopped.set({ region }, head.stopped_reason ? 1 : 0);
    logCheckpointSize.set({ region }, head.checkpoint_size);
    if (!head.checkpoint_at) continue;
    const age = (now().getTime() - head.checkpoint_at.getTime()) / SECOND_MS;
    logCheckpointAgeSeconds.set({ region }, Math.max(0, age));
  }
}

async function refreshOverdue(ctx: Context): Promise<void> {
  const { webhooksOverdue } = ctx.metrics;
  webhooksOverdue.remove();
  const overdue = await findOverdue({ ctx });
  webhooksOverdue.set(overdue.reduce((sum, { count }) => sum + count, 0));
}

async function refreshUnusualRates(ctx: Context): Promise<void> {
  const { unusualRate } = ctx.metrics;
  unusualRate.reset();
  for (const { what, companyId, ratio } of await findUnusualRates({ ctx })) {
    unusualRate.set({ what, company: companyId ?? '' }, ratio);
  }
}

async function refreshWebhooks(ctx: Context): Promise<void> {
  const { webhookEndpoints, webhookOldestDueSeconds } = ctx.metrics;
  for (const gauge of [webhookEndpoints, webhookOldestDueSeconds]) gauge.reset();
  const [failing, disabled, late] = await Promise.all([
    ctx.store.webhookEndpoints.countFailing(),
    ctx.store.webhookEndpoints.countDisabled(),
    findLateDeliveries({ ctx }),
  ]);
  webhookEndpoints.set({ health: 'failing' }, failing);
  webhookEndpoints.set({ health: 'disabled' }, disabled);
  webhookOldestDueSeconds.set({ work: 'untaken' }, late.untakenSeconds);
  webhookOldestDueSeconds.set({ work: 'taken' }, late.takenSeconds);
}
