import { sampleHealth } from '../../../src/core/health/sample-health';
import { collections } from '../../helpers/collections';
import { makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';
import { waitForRedis } from '../../helpers/redis';
import { failJob, recordRevocation, sampleAt } from '../../core/health/scene';
import { wipeRedis } from '../../workers/wipe';
import { look, operatorBasic, PAGES } from './operator-browser';
import { submit } from '../portal/forms';

let service: Service;
let company: TestCompany;

beforeEach(async () => {
  service = await startService();
  waitForRedis(service.ctx);
  company = await makeCompany(service.ctx);
});
afterEach(async () => {
  await wipeRedis(service.ctx);
  await service.close();
});

const send = (to: string) => submit(service, to, {}, operatorBasic(service));
const noticeOf = ({ headers }: { headers: Headers }) =>
  new URL(headers.get('location') ?? '', service.url).searchParams.get('notice');
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);

test('what is good, what to watch and what to act on is said in words', async () => {
  const { ctx } = service;
  expect((await look(service)).html).toContain('Everything is working');
  await sampleHealth({ ctx, now: minutesAgo(2) });
  await failJob(ctx, 'wallet', 'reconcile-wallets', {});
  const watched = (await look(service)).html;
  expect(watched).toContain('Something is to be watched');
  expect(watched).toMatch(/>wallet<\/a><\/th><td><span class="badge warn">Watch</);
  const revocation = await recordRevocation(ctx, company.id);
  const late = { $set: { requested_at: minutesAgo(11) } };
  await collections(ctx).revocations.updateOne({ _id: revocation._id }, late);
  const acted = (await look(service)).html;
  expect(acted).toContain('Something needs you now');
  expect(acted).toMatch(/Revocations<\/th><td><span class="badge bad">Act now</);
});

test('charts have gaps where nothing was measured, and say in words what they show', async () => {
  const { healthSamples } = service.ctx.store;
  await healthSamples.insertOnce(sampleAt(minutesAgo(200), { waiting: 6, completed_total: 1 }));
  await healthSamples.insertOnce(
    sampleAt(minutesAgo(140), { waiting: 2, completed_total: 9 }, 150),
  );
  const { html } = await look(service, '/queues/retention');
  expect(html).toContain('aria-label="Jobs in the queue: at most 6, last 0"');
  expect(html).toContain('aria-label="Jobs done: at most 8');
  expect(html.match(/<rect class="gap"/g)).toHaveLength(45 * 4);
  expect(html).toContain('not measured');
  expect(html).not.toMatch(/NaN|undefined/);
  expect((await look(service)).html).toContain('Outbox lag: at most 3 min, last 0 s');
  expect((await look(service, '/queues/nothing')).status).toBe(404);
});

test('without Redis the pages say so', async () => {
  const away = await startService(testConfig({ REDIS_URL: 'redis://127.0.0.1:1' }));
  try {
    const health = await look(away);
    expect(health.status).toBe(200);
    expect(health.html).toContain('Redis does not answer');
    expect(health.html).toContain('Something needs you now');
    expect((await look(away, '/queues/audit')).html).toContain('Redis does not answer');
    const jobs = await look(away, '/jobs');
    expect([jobs.status, jobs.html.includes('the jobs cannot be shown')]).toEqual([503, true]);
  } finally {
    await away.close();
  }
});

test('a failed job is retried once, in the name of the operator', async () => {
  const { ctx } = service;
  const { _id } = await recordRevocation(ctx, company.id);
  const jobId = await failJob(ctx, 'opt-outs', 'follow-up-revocation', { revocation_id: _id });
  const { html } = await look(service, '/jobs');
  const action = /action="(\/operator\/pages\/jobs\/[^"]+)"/.exec(html)?.[1] ?? '';
  expect(html).toContain('internal');
  const foreign = await submit(
    service,
    action,
    {},
    {
      ...operatorBasic(service),
      origin: 'https://evil.example',
    },
  );
  expect(foreign.status).toBe(403);
  expect(noticeOf(await send(action))).toBe('jobRetried');
  expect(noticeOf(await send(action))).toBe('jobMovedOn');
  expect((await send(`${PAGES}/jobs/nothing/1/retry`)).status).toBe(404);
  const audit = await ctx.store.audit.list(company.id, { action: 'job.retried' }, { limit: 10 });
  expect(audit.items).toMatchObject([
    { actor: { type: 'operator' }, reason: `opt-outs follow-up-revocation ${jobId}` },
  ]);
});
