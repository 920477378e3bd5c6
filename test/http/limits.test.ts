import { DAY_MS } from '../../src/lib/durations';
import { CONSENT, makeCertificate } from '../helpers/company';
import { operatorClient } from '../helpers/operator';
import { limitHeaders, type LimitsScene, openLimits, tally } from './limits-scene';

const HALF_AN_HOUR_MS = 30 * 60_000;

let scene: LimitsScene;
let { service, clock, limited, change, wallet } = {} as LimitsScene;
const operator = operatorClient(() => service);

beforeAll(async () => {
  scene = await openLimits();
  ({ service, clock, limited, change, wallet } = scene);
});
afterAll(() => scene.close());

const statuses = async (...calls: (() => Promise<{ status: number }>)[]) => {
  const found: number[] = [];
  for (const call of calls) found.push((await call()).status);
  return found;
};

test('does nothing without limits: no headers, no round trip to Redis', async () => {
  const company = await limited({});
  const asked = jest.spyOn(service.ctx.queues.redis, 'eval');
  expect(limitHeaders(await wallet(company))).toEqual({
    'retry-after': null,
    ratelimit: null,
    'ratelimit-policy': null,
  });
  expect(asked).not.toHaveBeenCalled();
  asked.mockRestore();
});

test('reports what is left with each answer, as structured fields, in one round trip to Redis', async () => {
  const company = await limited({
    account_per_second: 3,
    api_per_second: 2,
    account_per_day: 9,
    api_per_day: 8,
  });
  const asked = jest.spyOn(service.ctx.queues.redis, 'eval');
  const first = await wallet(company);
  expect(first.status).toBe(200);
  expect(limitHeaders(first)).toEqual({
    'retry-after': null,
    'ratelimit-policy':
      '"account-second";q=3;w=1, "api-second";q=2;w=1, "account-day";q=9;w=86400, "api-day";q=8;w=86400',
    ratelimit:
      '"account-second";r=2;t=1, "api-second";r=1;t=1, "account-day";r=8;t=3601, "api-day";r=7;t=3601',
  });
  expect(asked).toHaveBeenCalledTimes(1);
  asked.mockRestore();
  const other = await service.get('/wallet/entries', company);
  expect(other.headers.get('ratelimit')).toMatch(/^"account-second";r=1;t=1, "api-second";r=1;t=1/);
});

test('answers one call too many with a 429 in its own shape, and says when to come back', async () => {
  const company = await limited({ account_per_second: 1 });
  await wallet(company);
  const refused = await wallet(company);
  expect(refused.status).toBe(429);
  expect(refused.body).toEqual({ status: 429, error: expect.stringContaining('per second') });
  expect(limitHeaders(refused)).toEqual({
    'retry-after': '1',
    'ratelimit-policy': '"account-second";q=1;w=1',
    ratelimit: '"account-second";r=0;t=1',
  });
});

test('lets exactly 10 of 100 simultaneous calls through, and 10 more a second after the first', async () => {
  const company = await limited({ account_per_second: 10 });
  const burst = () => tally(100, () => wallet(company));
  expect(await burst()).toEqual({ 200: 10, 429: 90 });
  clock.ms += 999;
  expect(await burst()).toEqual({ 429: 100 });
  clock.ms += 1;
  expect(await burst()).toEqual({ 200: 10, 429: 90 });
});

test('counts days in UTC, to the millisecond', async () => {
  const company = await limited({ account_per_day: 2 });
  expect(await tally(5, () => wallet(company))).toEqual({ 200: 2, 429: 3 });
  const midnight = Math.ceil(clock.ms / DAY_MS) * DAY_MS;
  clock.ms = midnight - HALF_AN_HOUR_MS;
  expect((await wallet(company)).headers.get('retry-after')).toBe('1800');
  clock.ms = midnight - 1;
  expect((await wallet(company)).headers.get('retry-after')).toBe('1');
  clock.ms = midnight;
  expect(await tally(5, () => wallet(company))).toEqual({ 200: 2, 429: 3 });
});

test('counts a route as one API under both prefixes and for every id, and each method as its own', async () => {
  const company = await limited({ api_per_second: 2 });
  const { token } = company;
  const get = (path: string) => () => service.get(path, { token });
  expect(
    await statuses(
      get('/certificates/a'),
      get('/api/certificates/b'),
      get('/certificates/c'),
      () => service.call('HEAD', '/certificates/a', { token }),
      get('/certificates'),
      get('/wallet'),
    ),
  ).toEqual([404, 404, 429, 429, 200, 200]);
});

test('a refused call does nothing, costs nothing, and is counted nowhere', async () => {
  const company = await limited({ account_per_second: 1, account_per_day: 3, api_per_day: 3 });
  const { id } = await makeCertificate(service.ctx, company);
  const match = () =>
    service.post('/verify/match', { ...company.ids, certificate_id: id, consent: CONSENT });
  expect(await tally(20, match)).toEqual({ 200: 1, 429: 19 });
  const revoke = await service.post(`/certificates/${id}/revoke`, {}, company);
  expect(revoke.status).toBe(429);
  clock.ms += 1_000;
  // One of the day's three was used: two are left unless the refusals were counted.
  const next = await match();
  expect([next.status, next.body.valid]).toEqual([200, true]);
  expect(next.headers.get('ratelimit')).toContain('"account-day";r=1');
  clock.ms += 1_000;
  const { body } = await wallet(company);
  expect(body.balance_microusd).toBe(10_000_000 - 2 * 15_000);
});

test('a repeat under an Idempotency-Key counts, and a wrong body or credential does not', async () => {
  const company = await limited({ account_per_day: 2 });
  const { id } = await makeCertificate(service.ctx, company);
  const match = (more = {}, key = 'k') =>
    service.post(
      '/verify/match',
      { ...company.ids, certificate_id: id, consent: CONSENT, ...more },
      { headers: { 'idempotency-key': key } },
    );
  expect(
    await statuses(
      () => match({ consent: 1 }),
      () => match({ property_id: 'wrong' }),
      match,
      match,
      match,
    ),
  ).toEqual([400, 404, 200, 200, 429]);
});

test('refuses an upload before reading a byte of it', async () => {
  const { token } = await limited({ api_per_day: 1 });
  const upload = () =>
    service.post('/revocations/csv', 'no form', { token, headers: { 'content-type': 'x/y' } });
  expect(await statuses(upload, upload)).toEqual([415, 429]);
});

test('applies to opt-outs with a token, and never to those of consumers', async () => {
  const company = await limited({ account_per_day: 1 });
  const body = { company_id: company.id, email: 'nobody@example.com' };
  const withToken = () => service.post('/opt-out', body, company);
  expect(await statuses(withToken, withToken)).toEqual([200, 429]);
  const consumer = () =>
    service.post('/opt-out', body, { headers: { 'x-forwarded-for': '198.51.100.1' } });
  expect(await statuses(consumer, consumer)).toEqual([200, 200]);
});

test('a change of limits applies from the next call, in either direction', async () => {
  const company = await limited({});
  const call = () => wallet(company);
  expect(await statuses(call, call)).toEqual([200, 200]);
  const patched = await operator('PATCH', `/companies/${company.id}`, {
    limits: { account_per_day: 2 },
  });
  expect(patched.body.limits).toEqual({ account_per_day: 2 });
  expect(await statuses(call, call, call)).toEqual([200, 200, 429]);
  await change(company, { account_per_day: 3 });
  expect(await statuses(call, call)).toEqual([200, 429]);
  await change(company, { account_per_day: 1 });
  expect(await statuses(call)).toEqual([429]);
  await change(company, { account_per_day: null });
  expect(await statuses(call)).toEqual([200]);
});

test("a token has limits of its own, on top of the company's", async () => {
  const company = await limited({ account_per_day: 5 });
  const made = await operator('POST', `/companies/${company.id}/tokens`, {
    label: 'slow',
    limits: { per_second: 1, per_day: 2 },
  });
  expect(made.status).toBe(201);
  expect(made.body.limits).toEqual({ per_second: 1, per_day: 2 });
  const slow = () => wallet(made.body);
  const first = await slow();
  expect(first.headers.get('ratelimit')).toMatch(
    /^"account-day";r=4;t=\d+, "token-second";r=0;t=1, "token-day";r=1;t=\d+$/,
  );
  expect(await statuses(slow, () => wallet(company))).toEqual([429, 200]);
  clock.ms += 1_000;
  expect(await statuses(slow)).toEqual([200]);
  clock.ms += 1_000;
  const refused = await slow();
  expect(refused.body.error).toContain("token's limit of calls per day");
  expect(await tally(5, () => wallet(company))).toEqual({ 200: 2, 429: 3 });
});

test.each([{ per_second: 0 }, { per_day: 1.5 }, { per_day: '9' }])(
  'no token is made with the limits %j',
  async (limits) => {
    const { id } = await limited({});
    const { status } = await operator('POST', `/companies/${id}/tokens`, { label: 'x', limits });
    expect(status).toBe(400);
  },
);

test('companies do not count towards each other', async () => {
  const [one, other] = [
    await limited({ account_per_day: 1 }),
    await limited({ account_per_day: 1 }),
  ];
  expect(
    await statuses(
      () => wallet(one),
      () => wallet(one),
      () => wallet(other),
    ),
  ).toEqual([200, 429, 200]);
});
