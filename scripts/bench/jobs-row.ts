import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { randomBytes } from 'node:crypto';
import type { Context } from '../../src/context';
import { newRevocation } from '../../src/core/revocations/new-revocation';
import { newId } from '../../src/lib/random-ids';
import { collections } from '../services/collections';
import { startChild } from './children';
import { median } from './load';
import type { Part } from './part';
import { HOUR_MS } from '../../src/lib/durations';

const ROUNDS = 3;
const JOBS = 3_000;
const CALLERS = 64;
const POLL_MS = 10;
const PATIENCE_MS = 60_000;
/** As the worker process has it for `opt-outs`. */
const CONCURRENCY = 256;

type Handed = 'together' | 'alone';

/**
 * Revocations followed up per second, durably, against the jobs of a BullMQ worker that does nothing:
 * in the jobs that the outbox makes of what 64 callers revoke, and in the worst case, with a job for
 * each. All find the same number waiting when they start.
 */
export const jobsRows: Part = async ({ ctx, env, say }) => {
  say('jobs …');
  // What Redis took too late would be left to the reconciler.
  (ctx.queues.redis as Redis).options.commandTimeout = PATIENCE_MS;
  const rates: Record<'noop' | Handed, number[]> = { noop: [], together: [], alone: [] };
  for (let round = 0; round < ROUNDS; round++) {
    rates.noop.push(await noopJobs(ctx, env));
    for (const how of ['together', 'alone'] as const) {
      rates[how].push(await followUps(ctx, env, how));
    }
  }
  const beside = { unit: '/s', yardstick: 'no-op BullMQ worker', beside: median(rates.noop) };
  return [
    {
      ...beside,
      name: 'follow-ups of revocations',
      value: median(rates.together),
      aim: '≥ 0.6',
    },
    {
      ...beside,
      name: 'follow-ups of revocations, a job for each',
      value: median(rates.alone),
      aim: '≥ 0.4',
    },
  ];
};

async function noopJobs(ctx: Context, env: Record<string, string>): Promise<number> {
  const queue = new Queue('noop', { connection: ctx.queues.redis, prefix: ctx.config.redisPrefix });
  await queue.obliterate({ force: true });
  await addInChunks(JOBS, (size) =>
    queue.addBulk(
      Array.from({ length: size }, () => ({
        name: 'noop',
        data: { revocation_id: randomBytes(16).toString('base64url') },
        opts: { removeOnComplete: { count: 1_000 } },
      })),
    ),
  );
  const left = async () => (await queue.getWaitingCount()) + (await queue.getActiveCount());
  const more = { CONCURRENCY: String(CONCURRENCY) };
  const rate = await whileRunning('scripts/bench/noop-worker.ts', { ...env, ...more }, left);
  await queue.close();
  return rate;
}

async function followUps(ctx: Context, env: Record<string, string>, how: Handed): Promise<number> {
  let left = JOBS;
  const caller = async (): Promise<void> => {
    while (left-- > 0) {
      const id = await flagged(ctx);
      if (how === 'together') ctx.outbox.recorded('revocations', id);
      else await ctx.outbox.apart('revocations', [id]);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  await ctx.outbox.drain();
  // By the index of what is pending, so that asking does not take part in what is measured.
  const open = {
    requested_at: { $gt: new Date(0) },
    state: { $in: ['recorded' as const, 'flagged' as const] },
  };
  return whileRunning('workers/main.ts', env, () =>
    collections(ctx).revocations.countDocuments(open),
  );
}

/** A request as `flagRevocation` leaves it; returns its id. */
async function flagged(ctx: Context): Promise<string> {
  const at = new Date();
  const revocation = newRevocation({
    _id: newId('rev'),
    company_id: 'bench',
    method: 'api',
    actor: { type: 'consumer', id: null },
    ip: null,
    certificate_ids: [newId('EC')],
    // Too far ahead to be missed: the reconciler has no part in this measurement.
    requested_at: new Date(at.getTime() + HOUR_MS),
    state: 'flagged',
    flags_committed_at: at,
    exact: true,
    audited: true,
  });
  await ctx.store.revocations.insert(revocation);
  return revocation._id;
}

/** Jobs per second from the first to the last that a worker process works off. */
async function whileRunning(
  file: string,
  env: Record<string, string>,
  left: () => Promise<number>,
): Promise<number> {
  const starting = startChild(file, env, (line) => String(line.msg).endsWith('ready'));
  let startedAt = performance.now();
  let remaining = JOBS;
  let first = JOBS;
  while (remaining > 0) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    remaining = await left();
    if (first === JOBS) {
      startedAt = performance.now();
      first = remaining;
    }
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const child = await starting;
  await child.stop();
  return first / seconds;
}

async function addInChunks(count: number, add: (size: number) => Promise<unknown>): Promise<void> {
  const chunk = 100;
  for (let added = 0; added < count; added += chunk) await add(Math.min(chunk, count - added));
}
