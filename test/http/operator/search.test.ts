import { OPERATOR_LOG } from '../../../src/core/audit/operator-log';
import { recordRevocation } from '../../core/health/scene';
import { makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { operatorClient, wrongFields } from '../../helpers/operator';
import { type Service, startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';
import { wipeRedis } from '../../workers/wipe';
import { insertBatch } from '../operator-pages/insert-batch';

let service: Service;
let company: TestCompany;
const call = operatorClient(() => service);

beforeAll(async () => {
  service = await startService();
});
beforeEach(async () => {
  company = await makeCompany(service.ctx, { settings: { name: 'Ünïque & Söhne GmbH' } });
});
afterEach(() => wipeRedis(service.ctx));
afterAll(() => service.close());

const search = async (q: string) => call('GET', `/search?q=${encodeURIComponent(q)}`);
const found = async (q: string) =>
  (await search(q)).body.results.map(({ type, id }: { type: string; id: string }) => [type, id]);
const searches = async () =>
  (await service.ctx.store.audit.list(OPERATOR_LOG, { action: 'person.searched' }, { limit: 200 }))
    .items;

test('a company is found by its id, and by how its id or name begins, in either case', async () => {
  const { id } = company;
  for (const q of [id, id.toUpperCase(), id.slice(0, -3), ` ${id}\u200b `]) {
    expect(await found(q)).toContainEqual(['company', id]);
  }
  for (const q of ['ünïque & s', 'ÜNÏQUE']) {
    expect(await found(q)).toContainEqual(['company', id]);
  }
  for (const q of [id.slice(3), 'Söhne', '.*', `${id}x`]) expect(await found(q)).toEqual([]);
  expect((await search(id)).body.results[0]).toMatchObject({
    name: 'Ünïque & Söhne GmbH',
    url: `/operator/pages/companies/${id}`,
  });
});

test('of two companies, the one that is called exactly so comes first', async () => {
  const { ctx } = service;
  const [short, long] = [`zz${company.id}`, `zz${company.id}-aa`];
  const first = await makeCompany(ctx, { settings: { name: long } });
  const second = await makeCompany(ctx, { settings: { name: short } });
  expect(await found(short)).toEqual([
    ['company', second.id],
    ['company', first.id],
  ]);
});

test('batches, certificates, revocations and jobs are found by their ids', async () => {
  const { ctx } = service;
  const certificate = await makeCertificate(ctx, company);
  await insertBatch(service, company, `bat_${company.id}`, { file_name: 'list.csv' });
  await insertBatch(service, company, `bat_r${company.id}`, { state: 'receiving' });
  const { _id } = await recordRevocation(ctx, company.id);
  const job = await ctx.queues.byName.wallet.add('reconcile-wallets', {});
  expect(await found(certificate.id)).toEqual([['certificate', certificate.id]]);
  expect(await found(certificate.id.toLowerCase())).toEqual([['certificate', certificate.id]]);
  expect(await found(`bat_r${company.id}`)).toEqual([]);
  expect(await found(_id)).toEqual([['revocation', _id]]);
  const [batch] = (await search(`bat_${company.id}`)).body.results;
  expect(batch).toMatchObject({ type: 'batch', company_id: company.id, name: 'list.csv' });
  const { body } = await search(job.id ?? '');
  expect(body.results).toEqual([
    expect.objectContaining({ type: 'job', id: job.id, queue: 'wallet', state: 'waiting' }),
  ]);
  // Other keys of a queue are no jobs.
  for (const q of ['meta', 'wait', 'events', 'nothing', '999999'])
    expect(await found(q)).toEqual([]);
});

test('a reference number is found however it is written', async () => {
  const reference = 'RSC-0123-4567-89AB';
  await service.ctx.store.portal.recordRequest({
    _id: reference,
    requested_at: new Date(),
    identifier: 'email',
    scope: 'all',
    company_ids: [company.id],
    gpc: false,
  });
  for (const q of [reference, 'rsc 0123 4567 89ab', 'RSCO1234567–89AB']) {
    const { body } = await search(q);
    expect(body.results).toMatchObject([
      { type: 'reference', id: reference, url: `/operator/pages/revocations/${reference}` },
    ]);
  }
});

test.each([
  'ann@example.com',
  'ann@',
  'ANN%40example.com',
  'Ann <ann@example.com>',
  '＠example.com',
  '+14155550100',
  '(415) 555-0100',
  '4155550100',
  '+44 7911',
  'tel:555-0100',
])('%j is refused in a URL, in words that say what to do', async (q) => {
  const reply = await search(q);
  expect([reply.status, wrongFields(reply)]).toEqual([400, ['q']]);
  expect(reply.body.details[0].message).toContain('use POST /operator/search');
  expect(JSON.stringify(reply.body)).not.toContain(q);
});

test.each(['', '?q=', '?q=%20', '?q=x&company=y', `?q=${'x'.repeat(2_000)}`])(
  'GET %.20s is refused',
  async (query) => {
    expect((await call('GET', `/search${query}`)).status).toBe(400);
  },
);

test('a person is found by POST across companies, and that is audited without their name', async () => {
  const { ctx } = service;
  const other = await makeCompany(ctx, { settings: { name: 'Other Corp' } });
  const email = `p-${company.id}@example.com`;
  const mine = await makeCertificate(ctx, company, { email });
  const theirs = await makeCertificate(ctx, other, { email, mobile: '+14155550123' });
  const { status, body } = await call('POST', '/search', { q: ` <${email.toUpperCase()}> ` });
  expect([status, body.more]).toEqual([200, false]);
  const ids = body.results.map(({ id }: { id: string }) => id);
  expect(ids.sort()).toEqual([company.id, other.id, mine.id, theirs.id].sort());
  expect(JSON.stringify(body)).not.toContain('@example.com');
  const [entry] = await searches();
  expect(entry).toMatchObject({
    actor: { type: 'operator' },
    ip: '127.0.0.1',
    reason: 'by email: 2 certificates, 0 consents, 2 companies',
  });
  const phone = await call('POST', '/search', { q: '(415) 555-0123' });
  expect(phone.body.results).toMatchObject([{ id: other.id }, { id: theirs.id }]);
  expect(JSON.stringify(await searches())).not.toMatch(/example\.com|5550123/);
});

test('nobody being found is audited, too; an id is found by POST without an entry', async () => {
  const before = (await searches()).length;
  const none = await call('POST', '/search', { q: `nobody-${company.id}@example.com` });
  expect(none.body).toEqual({ results: [], more: false, not_searched: [] });
  expect(await searches()).toHaveLength(before + 1);
  const { body } = await call('POST', '/search', { q: company.id });
  expect(body.results).toMatchObject([{ type: 'company', id: company.id }]);
  expect(await searches()).toHaveLength(before + 1);
});

test('without the audit entry nobody is told anything', async () => {
  const { ctx } = service;
  const email = `q-${company.id}@example.com`;
  await makeCertificate(ctx, company, { email });
  const failing = jest.spyOn(ctx.store.audit, 'append').mockRejectedValueOnce(new Error('full'));
  const reply = await call('POST', '/search', { q: email });
  failing.mockRestore();
  expect(reply.status).toBe(500);
  expect(JSON.stringify(reply.body)).not.toContain('EC-');
});

test('of many certificates of a person 50 are shown, and that there are more', async () => {
  const email = `r-${company.id}@example.com`;
  await Promise.all(
    Array.from({ length: 51 }, () => makeCertificate(service.ctx, company, { email })),
  );
  const { body } = await call('POST', '/search', { q: email });
  expect([body.results.length, body.more]).toEqual([51, true]);
});

test.each([{}, { q: '' }, { q: 7 }, { q: '07911 123456' }])('POST %j is refused', async (body) => {
  const reply = await call('POST', '/search', body);
  expect([reply.status, wrongFields(reply)]).toEqual([400, ['q']]);
});

test('only the operator may search', async () => {
  for (const token of [undefined, company.token, 'wrong']) {
    expect((await service.get(`/operator/search?q=${company.id}`, { token })).status).toBe(401);
    expect((await service.post('/operator/search', { q: 'x' }, { token })).status).toBe(401);
  }
});

test('what is searched for is in no line of the log, and without Redis the rest is found', async () => {
  const away = await startService(testConfig({ REDIS_URL: 'redis://127.0.0.1:1' }));
  try {
    const lines: unknown[] = [];
    const note = (...line: unknown[]) => lines.push(line);
    for (const level of ['info', 'warn', 'error'] as const) {
      jest.spyOn(away.ctx.log, level).mockImplementation(note);
    }
    const token = away.ctx.config.operatorToken;
    const { body } = await away.get('/operator/search?q=4711', { token });
    expect(body).toEqual({ results: [], more: false, not_searched: ['job'] });
    const person = await away.post('/operator/search', { q: 'eve@example.com' }, { token });
    expect(person.status).toBe(200);
    expect(JSON.stringify(lines)).not.toMatch(/4711|eve@/);
  } finally {
    await away.close();
  }
});
