import type { Context } from '../../src/context';
import { QUEUE_NAMES, type QueueName } from '../../src/jobs/contract';
import { measureHealth } from '../../src/core/health/measure-health';
import type { HealthSample, QueueSample } from '../../src/store/health-samples';
import { collections } from '../services/collections';
import { noise } from './noise';
import { DAY_MS } from '../../src/lib/durations';

const EVERY_MS = 5 * 60_000;
const SAMPLES = DAY_MS / EVERY_MS;
const MINUTE_CHARACTERS = 'YYYY-MM-DDTHH:mm'.length;

/** Jobs of five minutes when much is going on. */
const JOBS: Record<QueueName, number> = {
  'opt-outs': 46,
  'bulk-revocations': 9,
  'csv-revocations': 0.3,
  scrubs: 0.6,
  retention: 24,
  'data-cleanup': 12,
  wallet: 1.2,
  audit: 1.2,
  webhooks: 38,
  mail: 6,
};
/** The samples during which a campaign was revoked in bulk, and those with jobs that failed. */
const CAMPAIGN = { from: 150, to: 164, factor: 25 };
const FAILURES: Record<number, number> = { 96: 2, 97: 1, 203: 1 };

/** A day of health samples up to now, as a worker takes them on a day like any other. */
export async function makeHealthDay(ctx: Context): Promise<void> {
  const { outbox } = await measureHealth({ ctx });
  const now = Date.now();
  const totals = { completed: zeros(), failed: zeros() };
  const samples = Array.from({ length: SAMPLES }, (_, i): HealthSample => {
    const at = new Date(now - (SAMPLES - i) * EVERY_MS);
    const queues = Object.fromEntries(
      QUEUE_NAMES.map((name, n) => [name, sample(name, i, n, at, totals)]),
    ) as Record<QueueName, QueueSample>;
    const lags = Object.keys(outbox).map((source, n) => [source, lag(i, n)]);
    return {
      _id: at.toISOString().slice(0, MINUTE_CHARACTERS),
      at,
      queues,
      outbox: Object.fromEntries(lags) as Record<string, number>,
    };
  });
  await collections(ctx).healthSamples.insertMany(samples);
}

type Totals = Record<'completed' | 'failed', Record<QueueName, number>>;

function sample(name: QueueName, i: number, n: number, at: Date, totals: Totals): QueueSample {
  const inCampaign = name === 'bulk-revocations' && i >= CAMPAIGN.from && i < CAMPAIGN.to;
  const load = JOBS[name] * daytime(at) * (inCampaign ? CAMPAIGN.factor : 1);
  const jitter = noise(i * QUEUE_NAMES.length + n);
  totals.completed[name] += Math.round(load * (0.6 + 0.8 * jitter) + jitter - 0.5);
  if (name === 'retention') totals.failed[name] += FAILURES[i] ?? 0;
  const waiting = Math.floor(load * jitter ** 3 * 0.8);
  return {
    waiting,
    active: waiting > 0 ? 1 : 0,
    delayed: 0,
    failed: 0,
    oldest_seconds: waiting > 0 ? Math.ceil(waiting / 4) : 0,
    completed_total: totals.completed[name],
    failed_total: totals.failed[name],
  };
}

/** 1 in the afternoon, a quarter of it at night (UTC). */
function daytime(at: Date): number {
  const hours = at.getUTCHours() + at.getUTCMinutes() / 60;
  return 0.625 - 0.375 * Math.cos(((hours - 3) / 12) * Math.PI);
}

/** Most of the time nothing is left lying. */
function lag(i: number, n: number): number {
  const place = 10_000 + i * 11 + n;
  return noise(place) > 0.99 ? Math.ceil(noise(-place) * 12) : 0;
}

function zeros(): Record<QueueName, number> {
  return Object.fromEntries(QUEUE_NAMES.map((name) => [name, 0])) as Record<QueueName, number>;
}
