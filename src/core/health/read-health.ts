import type { Context } from '../../context';
import { HOUR_MS } from '../../lib/durations';
import { findLateDeliveries } from '../webhooks/late-deliveries';
import { findAuditGaps } from './audit-gaps';
import { type Concern, findConcerns } from './find-concerns';
import { healthHistory, historyStart, type Period } from './health-history';
import { type Verdict, worst } from './judge-health';
import { judgeOutbox, judgeQueues, type QueueHealth, type SourceHealth } from './judge-queues';
import { listLooks, type Look } from './list-looks';
import { listProcesses, type Processes } from './list-processes';
import { measureHealth } from './measure-health';
import { orNull } from './or-null';
import { percentile99 } from './recent-checks';
import { readServers, type Servers } from './servers';
import { findOverdue } from '../webhooks/overdue';
import { findStoppedLogs } from './stopped-logs';
import { findUnusualRates } from './unusual-rates';

/** The state of everything now and over the last day. */
export interface HealthReport {
  at: Date;
  verdict: Verdict;
  /** What is not good, what to act on first. */
  concerns: Concern[];
  servers: Servers;
  /** Null: they could not be read. */
  processes: Processes | null;
  /** How long 99 of 100 checks of the last hour took at most; null: none, or longer than is measured. */
  checksWithinMs: number | null;
  /** Null: Redis does not answer. */
  queues: QueueHealth[] | null;
  outbox: SourceHealth[];
  looks: Look[];
  /** Empty unless it was asked for. */
  history: Period[];
}

/**
 * Measures what there is. What does not answer is left out, and said.
 * @param history whether to read the last day, too
 */
export async function readHealth({
  ctx,
  history = false,
}: {
  ctx: Context;
  history?: boolean;
}): Promise<HealthReport> {
  const [servers, now] = await Promise.all([readServers({ ctx }), measureHealth({ ctx })]);
  const up = servers.mongodb !== null;
  const anHourAgo = new Date(now.at.getTime() - HOUR_MS);
  const since = history ? historyStart(now.at) : anHourAgo;
  const ask = <T>(part: string, read: () => Promise<T>) =>
    up ? orNull({ ctx, part, work: read() }) : null;
  const [stored, processes, ...companies] = await Promise.all([
    ask('health samples', () => ctx.store.healthSamples.since(since)),
    ask('processes', () => listProcesses({ ctx })),
    ask('what to look at', () => listLooks({ ctx })),
    ask('clean-ups', () => ctx.store.cleanups.countFailed()),
    ask('wallets', () => ctx.store.walletProofs.countDrifting()),
    ask('unusual rates', () => findUnusualRates({ ctx })),
    ask('audit gaps', () => findAuditGaps({ ctx })),
    ask('logs', () => findStoppedLogs({ ctx })),
    ask('overdue webhooks', () => findOverdue({ ctx })),
    ask('webhook deliveries', () => findLateDeliveries({ ctx })),
  ]);
  const [looks, cleanupsFailed, walletsDrifting, unusualRates, auditGaps, logs, overdue, late] =
    companies;
  const samples = [...(stored ?? []), now];
  const recent = samples.filter(({ at }) => at >= anHourAgo);
  const queues = judgeQueues(now, recent, processes);
  const outbox = up ? judgeOutbox(now) : [];
  const concerns = findConcerns({
    servers,
    processes,
    queues,
    outbox,
    looks: looks?.looks ?? [],
    batches: looks?.batches ?? { stuck: 0, failed: 0 },
    cleanupsFailed: cleanupsFailed ?? 0,
    walletsDrifting: walletsDrifting ?? 0,
    unusualRates: unusualRates ?? [],
    auditGaps: auditGaps ?? null,
    stoppedLogs: logs ?? [],
    webhooksOverdue: overdue ?? [],
    lateDeliveries: late ?? null,
  });
  return {
    at: now.at,
    verdict: worst(concerns.map(({ verdict }) => verdict)),
    concerns,
    servers,
    processes,
    checksWithinMs: processes && percentile99(processes.checks),
    queues,
    outbox,
    looks: looks?.looks ?? [],
    history: history ? healthHistory(samples, now.at) : [],
  };
}
