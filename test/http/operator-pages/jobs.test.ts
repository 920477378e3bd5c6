import { recordRevocation } from '../../core/health/scene';
import { failJobs, followUp, runCsv } from '../../core/jobs/scene';
import { makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { wipeRedis } from '../../workers/wipe';
import { submit } from '../portal/forms';
import { look, operatorBasic, PAGES } from './operator-browser';

let service: Service;
let company: TestCompany;

beforeAll(async () => {
  service = await startService();
  company = await makeCompany(service.ctx);
});
afterEach(() => wipeRedis(service.ctx));
afterAll(() => service.close());

const send = (to: string, form: Record<string, string> = {}) =>
  submit(service, PAGES + to, form, operatorBasic(service));
const hidden = (html: string) =>
  Object.fromEntries(
    [...html.matchAll(/type="hidden" name="(count|at)" value="([^"]+)"/g)].map(
      ([, name, value]) => [name!, value!],
    ),
  );

test('queues are counted by state, each count leads to its jobs, and paused ones say so', async () => {
  const { byName } = service.ctx.queues;
  await failJobs(service.ctx, [followUp('rev_1'), followUp('rev_2')]);
  await byName.wallet.pause();
  const { html } = await look(service, '/jobs');
  expect(html).toMatch(/\?state=failed&amp;queue=opt-outs" aria-label="2, Failed, opt-outs">2</);
  expect(html).toMatch(/>wallet <span class="badge warn">Paused</);
  expect(html).toContain('2 jobs looked at');
  await byName.wallet.resume();
});

test('long lists page in both directions', async () => {
  await failJobs(
    service.ctx,
    Array.from({ length: 51 }, (_, i) => followUp(`rev_${String(i)}`)),
  );
  const linked = (html: string, rel: string) =>
    new RegExp(`href="${PAGES}([^"]+)" rel="${rel}"`).exec(html)?.[1]?.replaceAll('&amp;', '&');
  const first = await look(service, '/jobs');
  expect(linked(first.html, 'prev')).toBeUndefined();
  const second = await look(service, linked(first.html, 'next'));
  expect(linked(second.html, 'next')).toBeUndefined();
  const back = await look(service, linked(second.html, 'prev'));
  expect([linked(back.html, 'prev'), linked(back.html, 'next')]).toEqual([
    undefined,
    linked(first.html, 'next'),
  ]);
});

test('a job’s page leads to its company and batch', async () => {
  const { _id } = await recordRevocation(service.ctx, company.id);
  await failJobs(service.ctx, [followUp(_id), runCsv('bat_9')]);
  const { html, heading } = await look(service, '/jobs/opt-outs/1');
  expect(heading).toBe('follow-up-revocation 1');
  expect(html).toContain(`href="${PAGES}/companies/${company.id}"`);
  const file = await look(service, '/jobs/csv-revocations/1');
  expect(file.html).toContain(`href="${PAGES}/batches/bat_9"`);
  for (const at of ['/jobs/opt-outs/99', '/jobs/opt-outs/meta', '/jobs/nothing/1']) {
    expect((await look(service, at)).status).toBe(404);
  }
});

test('many are tried again once the count is confirmed; the page says what became of them', async () => {
  await failJobs(service.ctx, [followUp('rev_1'), followUp('rev_2'), followUp('rev_3')]);
  const filter = 'state=failed&kind=follow-up-revocation';
  const question = await look(service, `/jobs/retry?${filter}`);
  expect(question.html).toContain('Retry 3 jobs?');
  expect(question.html).toContain('follow-up-revocation');
  expect(await service.ctx.queues.byName['opt-outs'].getFailedCount()).toBe(3);
  await send('/jobs/opt-outs/2/retry');
  const done = await send(`/jobs/retry?${filter}`, hidden(question.html));
  expect(done.status).toBe(303);
  const after = await look(service, (done.headers.get('location') ?? '').slice(PAGES.length));
  expect(after.html).toContain('2 jobs tried again. 1 job had moved on meanwhile.');
  expect(await service.ctx.queues.byName['opt-outs'].getFailedCount()).toBe(0);
  const none = await look(service, `/jobs/retry?${filter}`);
  expect([none.status, none.headers.get('location')]).toEqual([303, `${PAGES}/jobs?notice=noJobs`]);
});

test('without a count nothing is tried again: the question is put', async () => {
  await failJobs(service.ctx, [followUp('rev_1')]);
  const forms = [{}, { count: '1' }, { count: 'x', at: 'now' }] as Record<string, string>[];
  for (const form of forms) {
    expect((await send('/jobs/retry?state=failed', form)).html).toContain('Retry 1 job?');
  }
  expect(await service.ctx.queues.byName['opt-outs'].getFailedCount()).toBe(1);
});

test.each(['waiting', 'active', 'scheduled', 'nothing'])(
  '%s jobs cannot be tried again',
  async (state) => {
    const form = { count: '1', at: new Date().toISOString() };
    const replies = [
      await look(service, `/jobs/retry?state=${state}`),
      await send(`/jobs/retry?state=${state}`, form),
    ];
    for (const { status, headers } of replies) {
      expect([status, headers.get('location')]).toEqual([
        303,
        expect.stringContaining(`state=${state}`),
      ]);
    }
  },
);

test.each([
  ['state=nothing', 'state'],
  ['queue=nothing', 'queue'],
  ['kind=nothing', 'kind'],
  [`company=${'x'.repeat(201)}`, 'company'],
  [`batch=${'x'.repeat(201)}`, 'batch'],
  ['age=7', 'age'],
])('%.20s is refused beside its field', async (query, name) => {
  const { status, html } = await look(service, `/jobs?${query}`);
  expect([status, html.includes(`id="${name}-error"`)]).toEqual([400, true]);
});

test('what other sites make a browser send changes nothing', async () => {
  await failJobs(service.ctx, [followUp('rev_1')]);
  const headers = { ...operatorBasic(service), origin: 'https://evil.example' };
  const form = { count: '1', at: new Date().toISOString() };
  const reply = await submit(service, `${PAGES}/jobs/retry?state=failed`, form, headers);
  expect(reply.status).toBe(403);
  expect(await service.ctx.queues.byName['opt-outs'].getFailedCount()).toBe(1);
});
