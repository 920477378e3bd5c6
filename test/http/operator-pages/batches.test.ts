import { newScrub } from '../../../src/core/batches/scrub/new-scrub';
import type { Batch } from '../../../src/store/batches';
import { makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { submit } from '../portal/forms';
import { insertBatch } from './insert-batch';
import { look, operatorBasic, PAGES } from './operator-browser';

let service: Service;
let company: TestCompany;
/** Of this test's own batches. */
let name: (of: string) => string;

beforeAll(async () => {
  service = await startService();
});
beforeEach(async () => {
  company = await makeCompany(service.ctx);
  name = (of) => `bat_${company.id}_${of}`;
});
afterAll(() => service.close());

const insert = (of: string, change: Partial<Batch> = {}) =>
  insertBatch(service, company, name(of), change);
const send = (to: string, form: Record<string, string> = {}) =>
  submit(service, PAGES + to, form, operatorBasic(service));
const noticeOf = ({ headers }: { headers: Headers }) =>
  new URL(headers.get('location') ?? '', service.url).searchParams.get('notice');
const listed = async (query: string) => {
  const { html, status } = await look(service, `/batches?company=${company.id}&${query}`);
  expect(status).toBe(200);
  return [...html.matchAll(/title="(bat_[^"]+)"/g)].map(([, id]) => id);
};

test('failed and stuck ones are told on top, and one click away', async () => {
  await insert('1');
  await insert('2', { open: true, state: 'revoking', error: null });
  const { html } = await look(service, '/batches');
  expect(html).toMatch(/href="\/operator\/pages\/batches\?state=failed">[\d,]+ failed/);
  expect(html).toMatch(/href="\/operator\/pages\/batches\?state=stuck">[\d,]+ stuck/);
  expect(await listed('state=failed')).toEqual([name('1')]);
  expect(await listed('state=stuck')).toEqual([name('2')]);
});

test('the list says rows, how many are done, and the rate of those under way', async () => {
  await insert('1', {
    state: 'revoking',
    open: true,
    rows_total: 4_000,
    rows_read: 1_000,
    rows_per_second: 12_345.6,
    file_name: 'list.csv',
  });
  await insert('2', { state: 'completed', rows_total: 10, rows_read: 10, rows_per_second: 77_777 });
  const { html } = await look(service, `/batches?company=${company.id}`);
  for (const said of ['>list.csv<', '>4,000<', '25%', '12,346', '100%'])
    expect(html).toContain(said);
  expect(html).not.toContain('77,778');
  expect(html).not.toMatch(/undefined|NaN/);
});

test('pages lead both ways and keep the filters', async () => {
  const day = new Date(Date.UTC(2026, 0, 1));
  for (let i = 0; i < 51; i++) await insert(String(i), { created_at: new Date(day.getTime() + i) });
  const first = await look(service, `/batches?company=${company.id}&state=failed`);
  const next = /href="\/operator\/pages(\/batches\?[^"]+)" rel="next"/.exec(first.html)?.[1] ?? '';
  const second = await look(service, next.replaceAll('&amp;', '&'));
  expect([...second.html.matchAll(/title="(bat_[^"]+)"/g)].map(([, id]) => id)).toEqual([
    name('0'),
  ]);
  expect(second.html).toMatch(/rel="prev"/);
});

test.each(['state=nothing', 'from=yesterday', 'to=2026-02-30', `who=${'x'.repeat(201)}`])(
  'what is wrong with %.20s is said beside the field',
  async (query) => {
    const { status, html } = await look(service, `/batches?${query}`);
    expect(status).toBe(400);
    expect(html).toContain(`id="${query.split('=')[0] ?? ''}-error"`);
  },
);

test('a failed batch is resumed once it is confirmed, with a reason, and only once', async () => {
  await insert('1', { rows_read: 1_234 });
  const page = await look(service, `/batches/${name('1')}`);
  expect(page.html).toContain('Five attempts in a row failed');
  expect(page.html).toContain(`href="${PAGES}/companies/${company.id}"`);
  expect(page.html).toContain(`href="${PAGES}/jobs?batch=${name('1')}"`);
  const question = await look(service, `/batches/${name('1')}/resume`);
  expect(question.html).toContain('carries on after row 1,234');
  expect(await service.ctx.store.batches.find(name('1'))).toMatchObject({ state: 'failed' });
  const long = await send(`/batches/${name('1')}/resume`, { reason: 'x'.repeat(1_001) });
  expect([long.status, long.html.includes('id="reason-error"')]).toEqual([400, true]);
  expect(noticeOf(await send(`/batches/${name('1')}/resume`, { reason: 'disk' }))).toBe(
    'batchResumed',
  );
  expect(await service.ctx.store.batches.find(name('1'))).toMatchObject({ state: 'queued' });
  expect(noticeOf(await send(`/batches/${name('1')}/resume`))).toBe('batchMovedOn');
  expect(noticeOf(await look(service, `/batches/${name('1')}/resume`))).toBe('batchMovedOn');
  const { html } = await look(service, `/batches/${name('1')}`);
  expect(html).toMatch(/Resumed<span[^]*disk/);
});

test('a running batch is cancelled once it is confirmed; the question says what stays', async () => {
  await insert('1', {
    open: true,
    state: 'revoking',
    error: null,
    rows_read: 10,
    rows_total: 30,
    certificates_revoked: 7,
  });
  const question = await look(service, `/batches/${name('1')}/cancel`);
  expect(question.html).toContain('20 rows will not be read. The 7 certificates');
  expect(noticeOf(await send(`/batches/${name('1')}/cancel`))).toBe('batchCancelled');
  const { items } = await service.ctx.store.audit.list(
    company.id,
    { action: 'batch.cancelled' },
    { limit: 5 },
  );
  expect(items).toMatchObject([{ actor: { type: 'operator' }, reason: name('1') }]);
});

test('a scrub is named as such, with what it answered and cost, and cancelled or resumed alike', async () => {
  const scrub = {
    ...newScrub({}),
    row_fee_microusd: 15_000,
    rows_payable: 30,
    reserved_microusd: 300_000,
    charged_microusd: 150_000,
    answers: { consented: 4, opted_out: 3, no_consent: 2, other_consent: 1 },
  };
  const running = { open: true, state: 'answering', error: null } as const;
  const rows = { rows_read: 10, rows_total: 30 };
  await insert('1', { kind: 'scrubs', scrub, ...running, ...rows, file_name: 'leads.csv' });
  const failed = { ...scrub, reserved_microusd: 0, row_fee_microusd: 1e15 };
  await insert('2', { kind: 'scrubs', scrub: failed, error: 'worker_died_three_times' });
  const list = await look(service, `/batches?company=${company.id}`);
  expect(list.html).toMatch(/>leads.csv<\/a> <span class="muted">Scrub</);
  const { html } = await look(service, `/batches/${name('1')}`);
  expect(html).toMatch(/Other consent<\/th><td class="num">1</);
  expect(html).toMatch(/Price<\/th><td class="num">\$0\.45</);
  expect(html).not.toMatch(/Already revoked|errors\.csv|undefined|NaN/);
  const question = await look(service, `/batches/${name('1')}/cancel`);
  expect(question.html).toContain('20 rows will not be answered');
  expect(noticeOf(await send(`/batches/${name('1')}/cancel`))).toBe('batchCancelled');
  expect(await service.ctx.store.batches.find(name('1'))).toMatchObject({ state: 'cancelled' });
  expect(noticeOf(await send(`/batches/${name('2')}/resume`))).toBe('scrubUnfunded');
  const poor = { ...scrub, reserved_microusd: 0 };
  await insert('3', { kind: 'scrubs', scrub: poor });
  expect(noticeOf(await send(`/batches/${name('3')}/resume`))).toBe('batchResumed');
  expect(noticeOf(await send(`/batches/${name('3')}/resume`))).toBe('batchMovedOn');
});

test('what cannot be resumed has no button, and says why', async () => {
  await insert('1', { upload_expires_at: null });
  expect((await look(service, `/batches/${name('1')}`)).html).not.toContain('Resume batch');
  expect(noticeOf(await send(`/batches/${name('1')}/resume`))).toBe('uploadGone');
  for (const to of ['/batches/bat_none', '/batches/bat_none/resume', '/batches/bat_none/cancel']) {
    expect((await look(service, to)).status).toBe(404);
  }
  expect((await send('/batches/bat_none/cancel')).status).toBe(404);
});
