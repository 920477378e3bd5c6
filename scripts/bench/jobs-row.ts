import { Queue } from 'bullmq';
import { randomBytes } from 'node:crypto';
import type { Context } from '../../src/context';
import { flagRevocation } from '../../src/core/revocations/flag-revocation';
import { collections } from '../services/collections';
import { startChild } from './children';
import { type BenchCompany, makeCompanies } from './data';
import { median } from './load';
import type { Part } from './part';
import { HOUR_MS } from '../../src/lib/durations';

const ROUNDS = 3;
const JOBS = 3_000;
const POLL_MS = 50;
/** As the worker process has it for `opt-outs`. */
const CONCURRENCY = 256;

/**
 * Follow-up jobs per second (audit entry and completion of a revocation, durable) against a BullMQ
 * worker that does nothing. Both find the same number of jobs waiting when they start.
 */
export const jobsRows: Part = async ({ ctx, env, say }) => {
  say('jobs …');
  const [company] = await makeCompanies(ctx, 1, ROUNDS * JOBS);
  if (!company) throw new Error('a company is needed');
  const ours: number[] = [];
  const noop: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    noop.push(await noopJobs(ctx, env));
    ours.push(await followUps(ctx, env, company, round));
  }
  return [
    {
      name: 'follow-up jobs of revocations',
      value: median(ours),
      unit: '/s',
      yardstick: 'no-op BullMQ worker',
      beside: median(noop),
      aim: '≥ 0.6',
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

async function followUps(
  ctx: Context,
  env: Record<string, string>,
  company: BenchCompany,
  round: number,
): Promise<number> {
  const ids = company.certificateIds.slice(round * JOBS, (round + 1) * JOBS);
  const revocations = ids.map((certificateId, i) => ({
    _id: `rev_bench${round}_${i}`,
    company_id: company.id,
    method: 'api' as const,
    actor: { type: 'consumer' as const, id: null },
    ip: null,
    reason: null,
    certificate_ids: [certificateId],
    requested_at: new Date(),
    state: 'recorded' as const,
    flags_committed_at: null,
    completed_at: null,
    batch_id: null,
    rows: null,
    // As if handed over just now: the reconciler has no part in this measurement.
    enqueued_at: new Date(Date.now() + HOUR_MS),
  }));
  await collections(ctx).revocations.insertMany(revocations);
  const queued = [...revocations];
  await addInChunks(JOBS, async (size) => {
    await Promise.all(
      queued.splice(0, size).map(async ({ _id }) => {
        await flagRevocation({ ctx, revocationId: _id });
        await ctx.queues.enqueue('follow-up-revocation', { revocation_id: _id }, _id);
      }),
    );
  });
  // By the index of what is pending, so that asking does not take part in what is measured.
  const open = {
    requested_at: { $gt: new Date(0) },
    state: { $in: ['recorded' as const, 'flagged' as const] },
  };
  return whileRunning('workers/main.ts', env, () =>
    collections(ctx).revocations.countDocuments(open),
  );
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
