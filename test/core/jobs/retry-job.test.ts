import type { Caller, Context } from '../../../src/context';
import { openContext } from '../../helpers/context';
import { OPERATOR_LOG } from '../../../src/core/audit/operator-log';
import { listJobs } from '../../../src/core/jobs/list-jobs';
import { retryJob } from '../../../src/core/jobs/retry-job';
import { makeCompany, type TestCompany } from '../../helpers/company';
import { testConfig } from '../../helpers/settings';
import { until } from '../../helpers/until';
import { ensureIndexes } from '../../helpers/indexes';
import { startConsumers } from '../../../workers/consumers';
import { wipeRedis } from '../../workers/wipe';
import { failJob, recordRevocation } from '../health/scene';

const OPERATOR: Caller = { actor: { type: 'operator', id: null }, ip: '192.0.2.7' };
let ctx: Context;
let close: () => Promise<void>;
let company: TestCompany;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'worker'));
  await ensureIndexes(ctx);
});
beforeEach(async () => {
  company = await makeCompany(ctx);
});
afterEach(() => wipeRedis(ctx));
afterAll(() => close());

const retries = async (companyId: string) =>
  (await ctx.store.audit.list(companyId, { action: 'job.retried' }, { limit: 10 })).items;
const listed = async (state: 'failed' | 'retrying') =>
  (await listJobs({ ctx, filter: { state }, limit: 50 })).jobs;
const retry = (jobId: string, queue: 'opt-outs' | 'wallet' = 'opt-outs') =>
  retryJob({ ctx, queue, jobId, caller: OPERATOR });

test('a failed job is retried, and its company’s audit log names who asked', async () => {
  const { _id } = await recordRevocation(ctx, company.id);
  const jobId = await failJob(ctx, 'opt-outs', 'follow-up-revocation', { revocation_id: _id });
  expect(await listed('failed')).toMatchObject([
    { queue: 'opt-outs', id: jobId, attempts: 1, error: 'internal', companies: [company.id] },
  ]);
  await retry(jobId);
  expect(await retries(company.id)).toMatchObject([
    { actor: OPERATOR.actor, ip: OPERATOR.ip, reason: `opt-outs follow-up-revocation ${jobId}` },
  ]);
  const consumers = startConsumers(ctx);
  await until('the revocation is finished', async () => {
    const found = await ctx.store.revocations.find(_id);
    return found?.state === 'completed';
  });
  await consumers.close(1_000);
  expect([...(await listed('failed')), ...(await listed('retrying'))]).toEqual([]);
});

test('a job that waits for its next attempt is retried at once', async () => {
  const { _id } = await recordRevocation(ctx, company.id);
  const payload = { revocation_id: _id };
  const jobId = await failJob(ctx, 'opt-outs', 'follow-up-revocation', payload, 'delayed');
  expect(await listed('retrying')).toMatchObject([{ id: jobId, state: 'retrying' }]);
  await retry(jobId);
  expect(await ctx.queues.byName['opt-outs'].getWaitingCount()).toBe(1);
  expect(await retries(company.id)).toHaveLength(1);
});

test('a job that works for all companies is in the operator’s log', async () => {
  const jobId = await failJob(ctx, 'wallet', 'reconcile-wallets', {});
  await retry(jobId, 'wallet');
  const [entry] = await retries(OPERATOR_LOG);
  expect(entry).toMatchObject({
    actor: OPERATOR.actor,
    reason: `wallet reconcile-wallets ${jobId}`,
  });
});

test('of several clicks, one retries the job', async () => {
  const { _id } = await recordRevocation(ctx, company.id);
  const jobId = await failJob(ctx, 'opt-outs', 'follow-up-revocation', { revocation_id: _id });
  const clicks = await Promise.allSettled(Array.from({ length: 5 }, () => retry(jobId)));
  expect(clicks.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const click of clicks) {
    if (click.status === 'rejected') expect(click.reason).toMatchObject({ status: 409 });
  }
  expect(await ctx.queues.byName['opt-outs'].getWaitingCount()).toBe(1);
});

test('a job that is gone, or waits for its first attempt, is refused without a trace', async () => {
  const job = await ctx.queues.byName['opt-outs'].add('follow-up-revocation', {}, { delay: 1e9 });
  for (const jobId of ['4711', job.id ?? '']) {
    await expect(retry(jobId)).rejects.toMatchObject({ code: 'job_not_retryable' });
  }
  expect([...(await listed('failed')), ...(await listed('retrying'))]).toEqual([]);
  expect(await retries(company.id)).toEqual([]);
});

test('without Redis nothing is retried and nothing is recorded', async () => {
  const away = await openContext(testConfig({ REDIS_URL: 'redis://127.0.0.1:1' }), 'web');
  try {
    const asked = retryJob({ ctx: away.ctx, queue: 'wallet', jobId: '1', caller: OPERATOR });
    await expect(asked).rejects.toMatchObject({ code: 'unavailable' });
    const listing = listJobs({ ctx: away.ctx, filter: { state: 'failed' }, limit: 50 });
    await expect(listing).rejects.toMatchObject({ status: 503 });
  } finally {
    await away.close();
  }
});
