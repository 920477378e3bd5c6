import { once } from 'node:events';
import type { Context } from '../../../src/context';
import { openContext } from '../../helpers/context';
import { JOBS } from '../../../src/jobs/catalog';
import { handOver } from '../../../src/queue/outbox';
import type { Revocation } from '../../../src/store/revocations';
import { startConsumers } from '../../../workers/consumers';
import { startReconciler } from '../../../workers/reconciler/start-reconciler';
import type { Repetition } from '../../../src/lib/repeat';
import { collections } from '../../helpers/collections';
import { CALLER, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { testConfig } from '../../helpers/settings';
import { until } from '../../helpers/until';
import { ensureIndexes } from '../../helpers/indexes';
import { wipeRedis } from '../wipe';

const EVERY_MS = 50;
const AGO_MS = 10_000;
const UNREACHABLE_REDIS = 'redis://127.0.0.1:1';

interface Worker {
  ctx: Context;
  company: TestCompany;
  close: () => Promise<void>;
}

/** A context; `reconciler` and consumers are started by the tests themselves. */
async function open(settings: Record<string, string> = {}): Promise<Worker> {
  const { ctx, close } = await openContext(testConfig(settings), 'worker');
  await ensureIndexes(ctx);
  return { ctx, company: await makeCompany(ctx), close };
}

/** A request of a process that died right after recording it. */
async function recorded({ ctx, company }: Worker, number: number): Promise<Revocation> {
  const { id } = await makeCertificate(ctx, company);
  const revocation: Revocation = {
    _id: `rev_recorded${String(number)}`,
    company_id: company.id,
    method: 'api',
    ...CALLER,
    reason: null,
    certificate_ids: [id],
    requested_at: new Date(Date.now() - AGO_MS),
    state: 'recorded',
    flags_committed_at: null,
    completed_at: null,
    enqueued_at: null,
    batch_id: null,
    rows: null,
  };
  await ctx.store.revocations.insert(revocation);
  return revocation;
}

const inState = (ctx: Context, id: string, state: Revocation['state']) =>
  until(`${id} is ${state}`, async () => {
    const found = await ctx.store.revocations.find(id);
    return found?.state === state && found;
  });

test('flags are set while Redis is away', async () => {
  const worker = await open({ REDIS_URL: UNREACHABLE_REDIS });
  const revocation = await recorded(worker, 1);
  const reconciler = startReconciler(worker.ctx, EVERY_MS);
  try {
    const { flags_committed_at } = await inState(worker.ctx, revocation._id, 'flagged');
    expect(flags_committed_at).not.toBeNull();
    const [id] = revocation.certificate_ids;
    const certificate = await worker.ctx.store.certificates.find(worker.company.id, id!);
    expect(certificate?.opt_out).toMatchObject({ revoke: true, revocation_id: revocation._id });
  } finally {
    await reconciler.stop();
    await worker.close();
  }
});

test('what Redis may have lost is enqueued again once it is connected to again', async () => {
  const worker = await open();
  const { ctx } = worker;
  const revocation = await recorded(worker, 3);
  const isWaiting = async () => {
    const jobs = await ctx.queues.byName['opt-outs'].getWaiting();
    return jobs.some(({ data }) => data.revocation_id === revocation._id);
  };
  const reconciler = startReconciler(ctx, EVERY_MS);
  try {
    await until('that it is enqueued is noted', async () => {
      const found = await ctx.store.revocations.find(revocation._id);
      return found?.enqueued_at && isWaiting();
    });
    // All is lost but what tells that it was wiped, as when it comes back without its last seconds.
    const { redis } = ctx.queues;
    const keys = await redis.keys(`${ctx.config.redisPrefix}:*`);
    await redis.del(...keys.filter((key) => !key.endsWith(':not-wiped')));
    expect(await isWaiting()).toBe(false);
    const back = once(redis, 'ready');
    redis.disconnect(true);
    await back;
    await until('it is enqueued again', isWaiting);
  } finally {
    await reconciler.stop();
    await worker.close();
  }
});

describe('with Redis', () => {
  let worker: Worker;
  let reconciler: Repetition | null = null;
  let consumers: ReturnType<typeof startConsumers> | null = null;

  beforeAll(async () => {
    worker = await open();
  });
  afterEach(async () => {
    await reconciler?.stop();
    await consumers?.close(1_000);
    reconciler = consumers = null;
    await wipeRedis(worker.ctx);
  });
  afterAll(() => worker.close());

  const waiting = (ctx: Context) => ctx.queues.byName['opt-outs'].getWaitingCount();

  test('what was only recorded is flagged and finished', async () => {
    const { ctx, company } = worker;
    const revocation = await recorded(worker, 1);
    reconciler = startReconciler(ctx, EVERY_MS);
    consumers = startConsumers(ctx);
    await inState(ctx, revocation._id, 'completed');
    // It may be done sooner than it is marked.
    await until('it is marked', async () => {
      const marked = await collections(ctx).revocations.findOne({ _id: revocation._id });
      return marked?.enqueued_at;
    });
    const [entry] = (
      await ctx.store.audit.list(company.id, { action: 'certificate.revoked' }, { limit: 1 })
    ).items;
    expect(entry).toMatchObject({ _id: `${revocation._id}.0` });
  });

  test('what was enqueued recently is enqueued again once Redis was wiped, and only then', async () => {
    const { ctx } = worker;
    const revocation = await recorded(worker, 2);
    reconciler = startReconciler(ctx, EVERY_MS);
    await until('it is enqueued', async () => (await waiting(ctx)) === 1);
    const first = await inState(ctx, revocation._id, 'flagged');
    await handOver(ctx.store, ctx.queues, 'revocations', [revocation._id]);
    expect(await waiting(ctx)).toBe(1);
    await wipeRedis(ctx);
    await until('it is enqueued again', async () => (await waiting(ctx)) === 1);
    const again = await until('that is noted', async () => {
      const found = await ctx.store.revocations.find(first._id);
      return found!.enqueued_at! > (first.enqueued_at ?? new Date(0)) && found;
    });
    expect(again.state).toBe('flagged');
  });

  test('schedules are there after the start, and come back after a wipe', async () => {
    const { ctx } = worker;
    const periodic = Object.values(JOBS).filter((job) => 'everyMs' in job && job.everyMs);
    const schedules = async () => {
      const queues = Object.values(ctx.queues.byName);
      const found = await Promise.all(queues.map((queue) => queue.getJobSchedulers()));
      return found.flat();
    };
    const allThere = async () => (await schedules()).length === periodic.length;
    reconciler = startReconciler(ctx, EVERY_MS);
    await until('all schedules are there', allThere);
    await wipeRedis(ctx);
    await until('all schedules are there again', allThere);
    for (const job of periodic) {
      const schedule = (await schedules()).find(({ key }) => key === job.kind);
      expect(schedule).toMatchObject({ every: job.everyMs, name: job.kind });
      expect(schedule?.template?.opts).toMatchObject({ attempts: job.attempts });
    }
  });

  test('restoring schedules does not shift the next run', async () => {
    const { ctx } = worker;
    const next = async () =>
      (await ctx.queues.byName.wallet.getJobScheduler('reconcile-wallets'))?.next;
    reconciler = startReconciler(ctx, EVERY_MS);
    const before = await until('the schedule is there', next);
    await reconciler.stop();
    await ctx.queues.redis.del(`${ctx.config.redisPrefix}:not-wiped`);
    reconciler = startReconciler(ctx, EVERY_MS);
    await until('it looked at Redis again', async () =>
      ctx.queues.redis.exists(`${ctx.config.redisPrefix}:not-wiped`),
    );
    expect(await next()).toBe(before);
  });
});
