import type { QueueName } from '../../jobs/contract';
import type { OutboxName } from '../../queue/outbox-jobs';
import type { AuditGaps } from './audit-gaps';
import { judgeDeliveries, type Verdict } from './judge-health';
import type { Look, Looks } from './list-looks';
import type { Processes, ProcessView } from './list-processes';
import type { QueueHealth, SourceHealth } from './judge-queues';
import { judgeServers, type ServerConcern, type Servers } from './servers';
import type { OverdueOf } from '../../store/webhook-events';
import type { StoppedLog } from './stopped-logs';
import type { UnusualRate } from './unusual-rates';
import type { LateDeliveries } from '../webhooks/late-deliveries';

/** Something that is not good; one cause is one concern, however much waits for it. */
export type Concern = { verdict: Exclude<Verdict, 'good'> } & (
  | ServerConcern
  | { what: 'noWorker'; last: Processes['lastWorker']; waiting: number; files: number }
  | { what: 'missing'; role: ProcessView['role']; missing: ProcessView[]; alive: number }
  | { what: 'queuePaused' | 'queueStuck' | 'queueUntaken' | 'queueSlow'; queue: QueueHealth }
  | { what: 'jobsFailed'; failed: number; queues: QueueName[] }
  | { what: 'workLate'; source: OutboxName; seconds: number }
  | { what: 'workUnknown'; source: OutboxName }
  | { what: 'batchesStuck' | 'batchesFailed' | 'cleanupsFailed'; count: number }
  | { what: 'walletsDrifting'; count: number; companyId: string }
  | { what: 'auditGaps'; found: number; left: number; at: Date }
  | { what: 'logStopped'; log: StoppedLog }
  | { what: 'webhooksOverdue'; overdue: OverdueOf[] }
  | { what: 'unusualRate'; rate: UnusualRate }
  | { what: 'webhooksLate'; seconds: number; endpoints: number }
);

/** What is known; null: it could not be measured. */
export interface Known {
  servers: Servers;
  processes: Processes | null;
  queues: QueueHealth[] | null;
  outbox: SourceHealth[];
  looks: Look[];
  batches: Looks['batches'];
  cleanupsFailed: number;
  walletsDrifting: number;
  auditGaps: AuditGaps | null;
  stoppedLogs: StoppedLog[];
  webhooksOverdue: OverdueOf[];
  unusualRates: UnusualRate[];
  lateDeliveries: LateDeliveries | null;
}

/** The queues whose jobs finish the work of each outbox. */
const QUEUES_OF: Record<OutboxName, QueueName[]> = {
  revocations: ['opt-outs'],
  consentRevocations: ['opt-outs'],
  usConsentRevocations: ['opt-outs'],
  retentions: ['retention'],
  batches: ['bulk-revocations', 'csv-revocations', 'scrubs'],
  cleanups: ['data-cleanup'],
  mails: ['mail'],
  webhookEvents: ['webhooks'],
  usWebhookEvents: ['webhooks'],
  evidence: ['audit'],
};

/** In the database of the US region. */
const US_SOURCES = new Set<OutboxName>(['usConsentRevocations', 'usWebhookEvents']);

/** The queues whose jobs go through files. */
const FILES = new Set<QueueName>(['csv-revocations', 'scrubs']);

/** What needs an operator, what to act on first. */
export function findConcerns(known: Known): Concern[] {
  const concerns = [
    ...judgeServers(known.servers),
    ...ofProcesses(known),
    ...ofQueues(known),
    ...ofOutbox(known),
    ...ofDeliveries(known),
    ...known.stoppedLogs.map((log): Concern => ({ what: 'logStopped', verdict: 'act', log })),
    ...ofCompanies(known),
  ];
  const first = (verdict: Verdict) => concerns.filter((one) => one.verdict === verdict);
  return [...first('act'), ...first('watch')];
}

const lives = (processes: ProcessView[], of: ProcessView['role']) =>
  processes.filter(({ role, state }) => role === of && state === 'alive').length;

/** Whether it is known that no worker lives. */
function hasNoWorker({ processes }: Known): boolean {
  return processes !== null && lives(processes.processes, 'worker') === 0;
}

function ofProcesses(known: Known): Concern[] {
  if (!known.processes) return [];
  const { processes, lastWorker } = known.processes;
  const concerns: Concern[] = [];
  if (hasNoWorker(known)) {
    const waiting = (queue: QueueHealth) => queue.waiting + queue.active;
    const [files, others] = [true, false].map((isFiles) =>
      (known.queues ?? [])
        .filter(({ name }) => FILES.has(name) === isFiles)
        .reduce((sum, queue) => sum + waiting(queue), 0),
    );
    const count = { waiting: others ?? 0, files: files ?? 0 };
    concerns.push({ what: 'noWorker', verdict: 'act', last: lastWorker, ...count });
  }
  for (const role of ['worker', 'web'] as const) {
    const missing = processes.filter((one) => one.role === role && one.state === 'missing');
    const alive = lives(processes, role);
    if (missing.length === 0 || (role === 'worker' && alive === 0)) continue;
    concerns.push({ what: 'missing', verdict: 'watch', role, missing, alive });
  }
  return concerns;
}

function ofQueues(known: Known): Concern[] {
  const concerns: Concern[] = [];
  for (const queue of known.queues ?? []) {
    const { state, verdict } = queue;
    if (state === 'paused') {
      concerns.push({ what: 'queuePaused', verdict: verdict === 'act' ? 'act' : 'watch', queue });
    } else if (hasNoWorker(known)) continue;
    else if (state === 'stuck') {
      const what = queue.taken ? 'queueStuck' : 'queueUntaken';
      concerns.push({ what, verdict: 'act', queue });
    } else if (state === 'slow') concerns.push({ what: 'queueSlow', verdict: 'watch', queue });
  }
  const failing = (known.queues ?? []).filter((queue) => queue.failed_in_hour > 0);
  if (failing.length > 0) {
    const failed = failing.reduce((sum, queue) => sum + queue.failed_in_hour, 0);
    const queues = failing.map(({ name }) => name);
    concerns.push({ what: 'jobsFailed', verdict: 'watch', failed, queues });
  }
  return concerns;
}

/** Late work whose cause is not told already. */
function ofOutbox(known: Known): Concern[] {
  const { outbox, queues, servers } = known;
  if (hasNoWorker(known) || queues === null) return [];
  const held = queues.filter(({ state }) => state === 'paused' || state === 'stuck');
  const isTold = (source: OutboxName) =>
    held.some(({ name }) => QUEUES_OF[source].includes(name)) ||
    (US_SOURCES.has(source) && !servers.us);
  return outbox.flatMap(({ source, seconds, verdict }): Concern[] => {
    if (verdict === 'good' || isTold(source)) return [];
    if (seconds === null) return [{ what: 'workUnknown', verdict, source }];
    return [{ what: 'workLate', verdict, source, seconds }];
  });
}

/** Deliveries that no worker takes, and whose cause is not told already. */
function ofDeliveries(known: Known): Concern[] {
  const { queues, lateDeliveries } = known;
  const isHeld = queues?.some(
    ({ name, state }) => name === 'webhooks' && (state === 'paused' || state === 'stuck'),
  );
  if (!lateDeliveries || hasNoWorker(known) || queues === null || isHeld) return [];
  const { untakenSeconds: seconds, untaken: endpoints } = lateDeliveries;
  const verdict = judgeDeliveries(seconds);
  return verdict === 'good' ? [] : [{ what: 'webhooksLate', verdict, seconds, endpoints }];
}

function ofCompanies(known: Known): Concern[] {
  const { looks, cleanupsFailed, walletsDrifting, auditGaps, unusualRates } = known;
  const { webhooksOverdue } = known;
  const { stuck, failed } = known.batches;
  const concerns: Concern[] = [];
  if (stuck > 0 && !hasNoWorker(known)) {
    concerns.push({ what: 'batchesStuck', verdict: 'act', count: stuck });
  }
  if (failed > 0) concerns.push({ what: 'batchesFailed', verdict: 'watch', count: failed });
  if (cleanupsFailed > 0) {
    concerns.push({ what: 'cleanupsFailed', verdict: 'watch', count: cleanupsFailed });
  }
  const wallet = looks.find(({ kind }) => kind === 'wallet');
  if (wallet) {
    const { companyId } = wallet;
    concerns.push({ what: 'walletsDrifting', verdict: 'act', count: walletsDrifting, companyId });
  }
  if (auditGaps) {
    const verdict = auditGaps.left > 0 ? 'act' : 'watch';
    concerns.push({ what: 'auditGaps', verdict, ...auditGaps });
  }
  if (webhooksOverdue.length > 0) {
    concerns.push({ what: 'webhooksOverdue', verdict: 'watch', overdue: webhooksOverdue });
  }
  for (const rate of unusualRates) concerns.push({ what: 'unusualRate', verdict: 'watch', rate });
  return concerns;
}
