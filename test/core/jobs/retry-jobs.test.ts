import type { Caller, Context } from '../../../src/context';
import { openContext } from '../../helpers/context';
import { OPERATOR_LOG } from '../../../src/core/audit/operator-log';
import { newBatch } from '../../../src/core/batches/new-batch';
import { listJobs } from '../../../src/core/jobs/list-jobs';
import { retryJob } from '../../../src/core/jobs/retry-job';
import { countRetryable, retryJobs } from '../../../src/core/jobs/retry-jobs';
import { type JobFilter, selectJobs } from '../../../src/core/jobs/select-jobs';
import { collections } from '../../helpers/collections';
import { CALLER } from '../../helpers/company';
import { ensureIndexes } from '../../helpers/indexes';
import { testConfig } from '../../helpers/settings';
import { wipeRedis } from '../../workers/wipe';
import { recordRevocation } from '../health/scene';
import { failJobs, followUp, runCsv } from './scene';

const OPERATOR: Caller = { actor: { type: 'operator', id: null }, ip: '192.0.2.7' };
let ctx: Context;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'worker'));
  await ensureIndexes(ctx);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await wipeRedis(ctx);
  await collections(ctx).audit.deleteMany({});
});
afterAll(() => close());

const failed = { state: 'failed' } as const;
const many = (count: number) => Array.from({ length: count }, (_, i) => followUp(`rev_${i}`));
const ids = async (filter: JobFilter, limit = 200) =>
  (await listJobs({ ctx, filter, limit })).jobs.map(({ queue, id }) => `${queue} ${id}`);
const entries = async (companyId = OPERATOR_LOG) =>
  (await ctx.store.audit.list(companyId, {}, { limit: 10 })).items;
const left = () => ctx.queues.byName['opt-outs'].getFailedCount();

describe('listing', () => {
  test('shows each failed job once, page by page, while others come and go', async () => {
    await failJobs(ctx, [...many(12), runCsv('bat_1')]);
    const first = await listJobs({ ctx, filter: failed, limit: 5 });
    expect(first.jobs).toHaveLength(5);
    await failJobs(ctx, [followUp('rev_new')]);
    const gone = first.jobs[4]!;
    await retryJob({ ctx, queue: gone.queue, jobId: gone.id, caller: OPERATOR });
    const seen = first.jobs.map(({ queue, id }) => `${queue} ${id}`);
    for (let cursor = first.next_cursor; cursor !== null;) {
      const page = await listJobs({ ctx, filter: failed, limit: 5, cursor });
      seen.push(...page.jobs.map(({ queue, id }) => `${queue} ${id}`));
      cursor = page.next_cursor;
    }
    expect([seen.length, new Set(seen).size]).toEqual([13, 13]);
    expect(seen.at(-1)).toMatch(/^csv-revocations/);
  });

  test('goes back over the same pages, and leaves none out that came in meanwhile', async () => {
    for (const state of ['failed', 'waiting'] as const) {
      const add = async (jobs: ReturnType<typeof many>) => {
        if (state === 'failed') await failJobs(ctx, jobs);
        else await ctx.queues.byName['opt-outs'].addBulk(jobs);
      };
      await add(many(10));
      const read = (cursor: string | null, backward: boolean) =>
        listJobs({ ctx, filter: { state }, limit: 5, cursor: cursor ?? undefined, backward });
      const idsOf = ({ jobs }: { jobs: { queue: string; id: string }[] }) =>
        jobs.map(({ queue, id }) => `${queue} ${id}`);
      const first = await read(null, false);
      const last = await read(first.next_cursor, false);
      // The pages are full: no link leads to an empty one.
      expect([first.previous_cursor, last.next_cursor]).toEqual([null, null]);
      const back = await read(last.previous_cursor, true);
      expect([idsOf(back), back.previous_cursor]).toEqual([idsOf(first), null]);
      expect(idsOf(await read(back.next_cursor, false))).toEqual(idsOf(last));
      await add(many(7));
      const nearest = await read(last.previous_cursor, true);
      expect(idsOf(nearest)).toEqual(idsOf(first));
      const newer: string[] = [];
      for (let { previous_cursor: at } = nearest; at !== null;) {
        const page = await read(at, true);
        newer.unshift(...idsOf(page));
        at = page.previous_cursor;
      }
      expect([newer.length, new Set([...newer, ...idsOf(first)]).size]).toEqual([7, 12]);
    }
  });

  test('goes on where many failed in the same millisecond', async () => {
    await failJobs(ctx, many(7));
    const queue = ctx.queues.byName['opt-outs'];
    const key = queue.toKey('failed');
    for (const id of await ctx.queues.redis.zrange(key, '0', '-1')) {
      await ctx.queues.redis.zadd(key, '1000', id);
    }
    const first = await listJobs({ ctx, filter: failed, limit: 3 });
    const second = await listJobs({ ctx, filter: failed, limit: 9, cursor: first.next_cursor! });
    expect([...first.jobs, ...second.jobs].map(({ id }) => id)).toHaveLength(7);
    expect(new Set([...first.jobs, ...second.jobs].map(({ id }) => id)).size).toBe(7);
  });

  test('filters by kind, queue, company, batch and age', async () => {
    const mine = await recordRevocation(ctx, 'comp-a');
    const theirs = await recordRevocation(ctx, 'comp-b');
    await ctx.store.batches.insert(
      newBatch({
        _id: 'bat_7',
        company_id: 'comp-b',
        method: 'csv',
        caller: CALLER,
        state: 'failed',
        created_at: new Date(),
      }),
    );
    await failJobs(ctx, [followUp(mine._id), followUp(mine._id, theirs._id), runCsv('bat_7')]);
    await failJobs(ctx, [followUp('bat_7.000000001-000000001')]);
    const of = async (more: Partial<JobFilter>) => (await ids({ ...failed, ...more })).sort();
    expect(await of({ kind: 'run-csv-batch' })).toEqual(['csv-revocations 1']);
    expect(await of({ queue: 'opt-outs' })).toEqual(['opt-outs 1', 'opt-outs 2', 'opt-outs 3']);
    expect(await of({ companyId: 'comp-a' })).toEqual(['opt-outs 1', 'opt-outs 2']);
    expect(await of({ companyId: 'comp-b' })).toEqual(['csv-revocations 1', 'opt-outs 2']);
    expect(await of({ batchId: 'bat_7' })).toEqual(['csv-revocations 1', 'opt-outs 3']);
    expect(await of({ kind: 'run-csv-batch', queue: 'opt-outs' })).toEqual([]);
    expect(await of({ minAgeMs: 60_000 })).toEqual([]);
    const { jobs } = await listJobs({ ctx, filter: failed, limit: 9 });
    expect(jobs.find(({ id }) => id === '2')?.companies.sort()).toEqual(['comp-a', 'comp-b']);
  });

  test('tells what waits from what is scheduled and what is tried again', async () => {
    const { byName } = ctx.queues;
    await byName.wallet.add('reconcile-wallets', {}, { delay: 1e6 });
    await byName['opt-outs'].addBulk(many(3));
    await byName['csv-revocations'].add('run-csv-batch', runCsv('bat_1').data, { priority: 2 });
    expect(await ids({ state: 'scheduled' })).toEqual(['wallet 1']);
    expect(await ids({ state: 'retrying' })).toEqual([]);
    const waiting = await listJobs({ ctx, filter: { state: 'waiting' }, limit: 2 });
    expect(waiting.jobs.map(({ id }) => id)).toEqual(['3', '2']);
    const cursor = waiting.next_cursor!;
    const rest = await listJobs({ ctx, filter: { state: 'waiting' }, limit: 9, cursor });
    expect(rest.jobs.map(({ queue, id }) => `${queue} ${id}`)).toEqual([
      'opt-outs 1',
      'csv-revocations 1',
    ]);
  });

  test('never looks at more than it may, whatever matches, and goes on from there', async () => {
    await ctx.queues.byName['opt-outs'].addBulk(many(250));
    const select = (after: Parameters<typeof selectJobs>[0]['after']) =>
      selectJobs({
        ctx,
        filter: { state: 'waiting', batchId: 'bat_none' },
        after,
        bounds: { found: 50, looked: 100, ms: 60_000 },
      });
    const read = jest.spyOn(ctx.queues.redis, 'lrange');
    const first = await select(null);
    expect([first.jobs, first.looked]).toEqual([[], 100]);
    expect(read.mock.calls.map(([, from, to]) => [from, to])).toEqual([[0, 99]]);
    const third = await select((await select(first.next)).next);
    expect([third.looked, third.next?.score]).toEqual([50, undefined]);
  });

  test.each(['nonsense', Buffer.from('[0,"a","b"]').toString('base64url')])(
    'the cursor %s is refused',
    async (cursor) => {
      const listing = listJobs({ ctx, filter: failed, limit: 5, cursor });
      await expect(listing).rejects.toMatchObject({ code: 'invalid_request' });
    },
  );
});

describe('trying many again', () => {
  test('does what was counted, under one entry that says what and how many', async () => {
    await failJobs(ctx, [...many(3), runCsv('bat_1')]);
    const filter = { ...failed, kind: 'follow-up-revocation' } as const;
    const { count, more, at } = await countRetryable({ ctx, filter });
    expect([count, more]).toEqual([3, false]);
    expect(await entries()).toEqual([]);
    const result = await retryJobs({ ctx, filter, before: at, caller: OPERATOR });
    expect(result).toEqual({ done: 3, movedOn: 0, left: 0, more: false });
    expect(await ids(failed)).toEqual(['csv-revocations 1']);
    expect(await entries()).toMatchObject([
      {
        action: 'jobs.retried',
        ...OPERATOR,
        reason: 'failed, kind follow-up-revocation: 3 jobs',
      },
    ]);
    const again = await retryJobs({ ctx, filter, before: at, caller: OPERATOR });
    expect([again.done, (await entries()).length]).toEqual([0, 1]);
  });

  test('leaves alone what failed after the count', async () => {
    await failJobs(ctx, many(2));
    const { at } = await countRetryable({ ctx, filter: failed });
    await failJobs(ctx, [followUp('rev_later')]);
    const { done } = await retryJobs({ ctx, filter: failed, before: at, caller: OPERATOR });
    expect([done, await left()]).toEqual([2, 1]);
  });

  test('says how many had moved on in the meantime', async () => {
    await failJobs(ctx, many(3));
    const racing = {
      ...ctx,
      reach: () => retryJob({ ctx, queue: 'opt-outs', jobId: '2', caller: OPERATOR }),
    };
    const asked = { filter: failed, before: new Date(Date.now() + 1e6), caller: OPERATOR };
    const result = await retryJobs({ ctx: racing, ...asked });
    expect(result).toEqual({ done: 2, movedOn: 1, left: 0, more: false });
    expect(await ctx.queues.byName['opt-outs'].getWaitingCount()).toBe(3);
  });

  test('of two presses at once each job is tried again by one', async () => {
    await failJobs(ctx, many(60));
    const asked = { ctx, filter: failed, before: new Date(Date.now() + 1e6), caller: OPERATOR };
    const results = await Promise.all([retryJobs(asked), retryJobs(asked)]);
    expect(results.reduce((sum, { done }) => sum + done, 0)).toBe(60);
    expect(await ctx.queues.byName['opt-outs'].getWaitingCount()).toBe(60);
  });

  test('loses nothing when the process dies in the middle, and goes on when asked again', async () => {
    await failJobs(ctx, many(60));
    let steps = 0;
    const dying = {
      ...ctx,
      reach: () => (++steps === 2 ? Promise.reject(new Error('died')) : Promise.resolve()),
    };
    const asked = { filter: failed, before: new Date(Date.now() + 1e6), caller: OPERATOR };
    await expect(retryJobs({ ctx: dying, ...asked })).rejects.toThrow('died');
    expect([await left(), await ctx.queues.byName['opt-outs'].getWaitingCount()]).toEqual([10, 50]);
    expect(await entries()).toMatchObject([{ reason: 'failed: 60 jobs' }]);
    expect(await retryJobs({ ctx, ...asked })).toMatchObject({ done: 10, left: 0 });
    expect(await left()).toBe(0);
  });

  test('does nothing that is not written down first', async () => {
    await failJobs(ctx, many(2));
    jest.spyOn(ctx.store.audit, 'append').mockRejectedValueOnce(new Error('full'));
    const asked = { ctx, filter: failed, before: new Date(Date.now() + 1e6), caller: OPERATOR };
    await expect(retryJobs(asked)).rejects.toThrow('full');
    expect(await left()).toBe(2);
  });

  test('says how many are left where Redis goes away in the middle', async () => {
    await failJobs(ctx, many(60));
    const queue = ctx.queues.byName['opt-outs'];
    let steps = 0;
    const cutOff = {
      ...ctx,
      reach: () => {
        if (++steps === 2) {
          jest.spyOn(queue, 'getJob').mockRejectedValue(new Error('Command timed out'));
        }
        return Promise.resolve();
      },
    };
    const asked = { filter: failed, before: new Date(Date.now() + 1e6), caller: OPERATOR };
    const result = await retryJobs({ ctx: cutOff, ...asked });
    expect(result).toEqual({ done: 50, movedOn: 0, left: 10, more: false });
    jest.restoreAllMocks();
    expect(await left()).toBe(10);
  });

  test('of a company is in its own log, and promotes what waits for its next try', async () => {
    const mine = await recordRevocation(ctx, 'comp-c');
    await failJobs(ctx, [followUp(mine._id), followUp('rev_other')], 'delayed');
    const filter = { state: 'retrying', companyId: 'comp-c', minAgeMs: 0 } as const;
    const { count, at } = await countRetryable({ ctx, filter });
    expect(count).toBe(1);
    const { done } = await retryJobs({ ctx, filter, before: at, caller: OPERATOR });
    expect([done, await ids({ state: 'retrying' })]).toEqual([1, ['opt-outs 2']]);
    expect(await entries('comp-c')).toMatchObject([
      { action: 'jobs.promoted', reason: expect.stringContaining('company comp-c') },
    ]);
  });
});
