import { HANDLERS } from '../../../workers/handlers';
import { startConsumers } from '../../../workers/consumers';
import type { Context } from '../../../src/context';
import { AppError } from '../../../src/errors';
import type { QueueName } from '../../../src/jobs/contract';
import { newId } from '../../../src/lib/random-ids';
import type { HealthSample, QueueSample } from '../../../src/store/health-samples';
import { QUEUE_NAMES } from '../../../src/jobs/contract';
import type { Revocation } from '../../../src/store/revocations';
import type { ProcessBeat, ProcessRole } from '../../../src/store/processes';
import { collections } from '../../helpers/collections';
import { CALLER } from '../../helpers/company';
import { until } from '../../helpers/until';

/** A recorded revocation of no certificates, as the subject of jobs. */
export async function recordRevocation(ctx: Context, companyId: string): Promise<Revocation> {
  const revocation: Revocation = {
    _id: newId('rev'),
    company_id: companyId,
    method: 'api',
    ...CALLER,
    reason: null,
    certificate_ids: [],
    requested_at: new Date(),
    state: 'flagged',
    flags_committed_at: new Date(),
    completed_at: null,
    enqueued_at: new Date(),
    batch_id: null,
    rows: null,
  };
  await ctx.store.revocations.insert(revocation);
  return revocation;
}

/** Has a worker fail a job and then stop: for good, or with retries left. */
export async function failJob(
  ctx: Context,
  queue: QueueName,
  kind: string,
  payload: object,
  state: 'failed' | 'delayed' = 'failed',
): Promise<string> {
  const fail = () => Promise.reject(new AppError('internal'));
  const handlers = { ...HANDLERS, 'follow-up-revocation': fail, 'reconcile-wallets': fail };
  const consumers = startConsumers(ctx, handlers);
  try {
    const tries = { attempts: state === 'failed' ? 1 : 8, backoff: 3_600_000 };
    const job = await ctx.queues.byName[queue].add(kind, payload, tries);
    await until(`the job is ${state}`, async () => (await job.getState()) === state);
    return job.id ?? '';
  } finally {
    await consumers.close(1_000);
  }
}

/** A sample in which all queues are alike. */
export function sampleAt(at: Date, queue: Partial<QueueSample> | null, lag = 0): HealthSample {
  const rest = { waiting: 0, active: 0, delayed: 0, failed: 0, oldest_seconds: 0 };
  const totals = { completed_total: 0, failed_total: 0 };
  const sample = { ...rest, ...totals, ...queue };
  const queues = Object.fromEntries(QUEUE_NAMES.map((name) => [name, sample]));
  return {
    _id: at.toISOString().slice(0, 16),
    at,
    queues: queue && (queues as HealthSample['queues']),
    outbox: { revocations: lag },
  };
}

/** Stores the last beat of a process, by the server's clock. */
export async function beatOf(
  ctx: Context,
  id: string,
  {
    role = 'worker',
    secondsAgo = 0,
    startedSecondsAgo = 7_200,
    takes = [...QUEUE_NAMES],
  }: {
    role?: ProcessRole;
    secondsAgo?: number;
    startedSecondsAgo?: number;
    takes?: string[];
  } = {},
): Promise<void> {
  const ago = (seconds: number) => new Date(ctx.now().getTime() - seconds * 1_000);
  const beat: ProcessBeat = {
    _id: id,
    role,
    host: 'machine-1',
    version: '1.2.3',
    started_at: ago(startedSecondsAgo),
    takes: role === 'web' ? [] : takes,
    checks: null,
    beat_at: ago(secondsAgo),
    ended_at: null,
  };
  await collections(ctx).processes.replaceOne({ _id: id }, beat, { upsert: true });
}
