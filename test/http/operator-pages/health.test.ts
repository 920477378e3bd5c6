import { sampleHealth } from '../../../src/core/health/sample-health';
import { collections } from '../../helpers/collections';
import { makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';
import { OPERATOR_LOG } from '../../../src/core/audit/operator-log';
import { beatOf, failJob, recordRevocation, sampleAt } from '../../core/health/scene';
import { wipeRedis } from '../../workers/wipe';
import { insertBatch } from './insert-batch';
import { look, operatorBasic, PAGES } from './operator-browser';
import { submit } from '../portal/forms';

let service: Service;
let company: TestCompany;

beforeAll(async () => {
  service = await startService();
});
beforeEach(async () => {
  const { batches, healthSamples, processes, revocations, walletProofs } = collections(service.ctx);
  for (const one of [batches, healthSamples, processes, revocations, walletProofs]) {
    await one.deleteMany({});
  }
  company = await makeCompany(service.ctx);
});
afterEach(() => wipeRedis(service.ctx));
afterAll(() => service.close());

const send = (to: string) => submit(service, to, {}, operatorBasic(service));
const noticeOf = ({ headers }: { headers: Headers }) =>
  new URL(headers.get('location') ?? '', service.url).searchParams.get('notice');
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);

test('what is good, what to watch and what to act on is said in words', async () => {
  const { ctx } = service;
  await beatOf(ctx, 'worker-a');
  expect((await look(service)).html).toContain('>Nothing needs you<');
  await sampleHealth({ ctx, now: minutesAgo(2) });
  await failJob(ctx, 'wallet', 'reconcile-wallets', {});
  const watched = (await look(service)).html;
  expect(watched).toContain('>Nothing needs you, 1 thing to watch<');
  expect(watched).toContain('1 job failed in the last hour (wallet).');
  expect(watched).toMatch(/>wallet<\/a><\/th><td class="state"><span class="badge warn">Failing</);
  const revocation = await recordRevocation(ctx, company.id);
  const late = { $set: { requested_at: minutesAgo(11) } };
  await collections(ctx).revocations.updateOne({ _id: revocation._id }, late);
  await beatOf(ctx, 'worker-a');
  const acted = (await look(service)).html;
  expect(acted).toContain('>1 thing needs you<');
  expect(acted).toMatch(/class="notice bad"><p><b>Revocations: the oldest has waited for 11 min/);
});

test('without a worker it is red at once, and says what goes on', async () => {
  const { ctx } = service;
  await beatOf(ctx, 'web-a', { role: 'web' });
  const never = (await look(service)).html;
  expect(never).toContain('>1 thing needs you<');
  expect(never).toContain('<b>No worker is alive.</b> Revocations are still effective at once');
  await beatOf(ctx, 'worker-7f3a', { secondsAgo: 20 });
  await ctx.queues.byName['csv-revocations'].add('run-csv-batch', { batch_id: 'bat_1' });
  const { html } = await look(service);
  expect(html).toMatch(/<b>No worker has been alive since \d\d:\d\d:\d\d\.<\/b>/);
  expect(html).toContain('1 file and 0 other jobs in the queues');
  expect(html).toContain('last seen worker-7f3a');
  expect(html).toMatch(
    />csv-revocations<\/a><\/th><td class="state"><span class="badge bad">Stuck</,
  );
  expect(html).toContain('>1 thing needs you<');
  await beatOf(ctx, 'worker-b');
  expect((await look(service)).html).not.toContain('No worker');
});

test('a paused queue is resumed in the name of the operator', async () => {
  const { ctx } = service;
  await beatOf(ctx, 'worker-a');
  const { mail } = ctx.queues.byName;
  await mail.pause();
  expect((await look(service)).html).toContain('>Nothing needs you, 1 thing to watch<');
  await mail.add('send-mail', { mail_id: 'mail_1' });
  const { html } = await look(service);
  expect(html).toContain('>1 thing needs you<');
  expect(html).toContain('codes, invitations, reset links and notices are not sent. The oldest of');
  const action = /action="([^"]+)"><button class="small">Resume mail</.exec(html)?.[1] ?? '';
  expect((await look(service, '/queues/mail')).html).toContain(action);
  expect(noticeOf(await send(action))).toBe('queueResumed');
  expect(await mail.isPaused()).toBe(false);
  expect(noticeOf(await send(action))).toBe('queueNotPaused');
  expect((await send(`${PAGES}/queues/nothing/resume`)).status).toBe(404);
  const audit = await ctx.store.audit.list(
    OPERATOR_LOG,
    { action: 'queue.resumed' },
    { limit: 10 },
  );
  expect(audit.items).toMatchObject([{ actor: { type: 'operator' }, reason: 'mail' }]);
});

test('what needs a look has its company and the button that does it', async () => {
  const { ctx } = service;
  await beatOf(ctx, 'worker-a');
  await insertBatch(service, company, 'bat_look', { error: 'internal' });
  const longAgo = new Date(Date.now() - 8 * 86_400_000);
  await insertBatch(service, company, 'bat_old', { created_at: longAgo });
  await collections(ctx).walletProofs.updateOne(
    { _id: company.id },
    {
      $set: {
        low_balance: false,
        drift_microusd: 15_000,
        broken_page: null,
        reserved_drift_microusd: 0,
        reconciled_at: new Date(),
        proved: { heads: [], entries_sum_microusd: 0 },
      },
    },
    { upsert: true },
  );
  const { html } = await look(service);
  expect(html).toContain('<b>1 wallet does not add up.</b>');
  expect(html).toContain('<b>1 batch failed in the last seven days.</b>');
  const looks = html.slice(html.indexOf('id="looks"'), html.indexOf('id="servers"'));
  expect(looks).toContain(`href="${PAGES}/batches/bat_look/resume"`);
  expect((await look(service, '/batches/bat_look/resume')).status).toBe(200);
  expect(looks).toContain(`href="${PAGES}/companies/${company.id}"`);
  expect(looks).toContain('Does not add up');
  expect(looks).not.toContain('bat_old');
});

test('charts say in words what they show, and leave out what was not measured', async () => {
  const { healthSamples } = service.ctx.store;
  await healthSamples.insertOnce(sampleAt(minutesAgo(200), { waiting: 6, completed_total: 1 }));
  await healthSamples.insertOnce(
    sampleAt(minutesAgo(140), { waiting: 2, completed_total: 9 }, 150),
  );
  const { html } = await look(service, '/queues/retention');
  expect(html).toContain('aria-label="Jobs in the queue: at most 6, last 0"');
  expect(html).toContain('aria-label="Jobs done: at most 8');
  const drawn = [...html.matchAll(/data-chart="([^"]+)"/g)].map(
    ([, json = '']) =>
      JSON.parse(json.replaceAll('&quot;', '"')) as {
        times: string[];
        series: { values: (number | null)[] }[];
      },
  );
  expect(drawn).toHaveLength(3);
  for (const { times, series } of drawn) {
    expect(times).toHaveLength(48);
    expect(series[0]?.values.filter((value) => value === null)).toHaveLength(45);
  }
  expect(html).toContain('not measured');
  expect(html).not.toMatch(/NaN|undefined/);
  expect((await look(service)).html).toContain(
    'Age of the oldest recorded work: at most 3 min, last 0 s',
  );
  expect((await look(service, '?view=now')).html).not.toContain('data-chart');
  expect((await look(service, '/queues/nothing')).status).toBe(404);
});

test('without MongoDB the page says what that means', async () => {
  const own = await startService();
  try {
    await own.ctx.store.close();
    const { status, html } = await look(own);
    expect(status).toBe(200);
    expect(html).toContain('>1 thing needs you<');
    expect(html).toContain('<b>MongoDB does not answer.</b> Nothing goes on without it');
    expect(html).not.toMatch(/NaN|undefined/);
  } finally {
    await own.close();
  }
});

test('without Redis the pages say so', async () => {
  const away = await startService(testConfig({ REDIS_URL: 'redis://127.0.0.1:1' }));
  try {
    const health = await look(away);
    expect(health.status).toBe(200);
    expect(health.html).toContain('Redis does not answer');
    expect(health.html).toContain('<b>Redis does not answer.</b> Checks and revocations go on');
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
  const action = /action="(\/operator\/pages\/jobs\/[^"/]+\/[^"]+)"/.exec(html)?.[1] ?? '';
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
