import { CONSENT, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';

let service: Service;
let company: TestCompany;
let lastIp = 0;

beforeAll(async () => {
  service = await startService(testConfig({ TRUST_PROXY: '1' }));
});
afterAll(() => service.close());
beforeEach(async () => {
  company = await makeCompany(service.ctx);
});

/** Gives each test an address of its own, as a proxy would report it. */
const freshIp = () => `198.51.100.${++lastIp}`;
const optOut = (body: object, ip = freshIp()) =>
  service.post('/opt-out', body, { headers: { 'x-forwarded-for': ip } });

test('revokes the union of what the identifiers name, whatever their case and spelling', async () => {
  const byEmail = await makeCertificate(service.ctx, company, { email: 'Ann.Lee@Example.com' });
  const byMobile = await makeCertificate(service.ctx, company, { mobile: '(415) 555-0100' });
  const byId = await makeCertificate(service.ctx, company);
  const untouched = await makeCertificate(service.ctx, company, { email: 'bob@example.com' });
  const reply = await optOut({
    company_id: company.id,
    certificate_id: byId.id,
    email: ' ann.lee@EXAMPLE.com ',
    mobile: '+1 415 555 0100',
    reason: 'No longer interested',
  });
  expect(reply.status).toBe(200);
  expect(reply.body).toEqual({
    success: true,
    revoked: 3,
    certificates: expect.arrayContaining([byEmail.id, byMobile.id, byId.id]),
    timestamp: expect.stringMatching(/Z$/),
  });
  const check = await service.post('/verify/match', {
    ...company.ids,
    certificate_id: untouched.id,
    consent: CONSENT,
  });
  expect(check.status).toBe(200);
});

test('answers 200 with 0 for what is already revoked or never existed', async () => {
  const { id } = await makeCertificate(service.ctx, company);
  const body = { company_id: company.id, certificate_id: id };
  expect((await optOut(body)).body.revoked).toBe(1);
  expect((await optOut(body)).body).toMatchObject({ success: true, revoked: 0, certificates: [] });
  const nobody = { company_id: company.id, email: 'nobody@example.com' };
  expect((await optOut(nobody)).body).toMatchObject({ success: true, revoked: 0 });
});

test('leaves other companies and later certificates alone', async () => {
  const other = await makeCompany(service.ctx);
  const email = 'same@example.com';
  await makeCertificate(service.ctx, company, { email });
  const theirs = await makeCertificate(service.ctx, other, { email });
  await optOut({ company_id: company.id, email });
  const later = await makeCertificate(service.ctx, company, { email });
  for (const [who, id] of [
    [other, theirs.id],
    [company, later.id],
  ] as const) {
    const body = { ...who.ids, certificate_id: id, consent: CONSENT };
    expect((await service.post('/verify/match', body)).status).toBe(200);
  }
  // Another company's certificate id is not found, and not revoked.
  const foreign = await optOut({ company_id: company.id, certificate_id: theirs.id });
  expect(foreign.body.revoked).toBe(0);
});

test('names the field that is wrong', async () => {
  const company_id = company.id;
  const cases: [object, string][] = [
    [{ email: 'a@example.com' }, 'company_id'],
    [{ company_id }, 'certificate_id'],
    [{ company_id, email: 'not an email' }, 'email'],
    [{ company_id, mobile: '12' }, 'mobile'],
    [{ company_id, email: { $ne: null } }, 'email'],
    [{ company_id, certificate_id: ['x'] }, 'certificate_id'],
    [{ company_id, email: 'a@example.com', reason: 'x'.repeat(1_001) }, 'reason'],
  ];
  for (const [body, path] of cases) {
    const reply = await optOut(body);
    expect([reply.status, reply.body.details?.[0].path]).toEqual([400, path]);
  }
  const unknown = await optOut({ company_id: 'comp-nobody', email: 'a@example.com' });
  expect(unknown.status).toBe(404);
});

test('lets one of 50 simultaneous calls win, with one audit entry', async () => {
  const { id } = await makeCertificate(service.ctx, company);
  const replies = await Promise.all(
    Array.from({ length: 50 }, () => optOut({ company_id: company.id, certificate_id: id })),
  );
  expect(replies.every(({ status }) => status === 200)).toBe(true);
  expect(replies.reduce((sum, { body }) => sum + (body.revoked as number), 0)).toBe(1);
});

describe('per IP', () => {
  test('answers the 11th call within a minute with 429 and says when to come back', async () => {
    const ip = freshIp();
    const body = { company_id: company.id, email: 'nobody@example.com' };
    for (let i = 0; i < 10; i++) expect((await optOut(body, ip)).status).toBe(200);
    const refused = await optOut(body, ip);
    expect(refused.status).toBe(429);
    expect(refused.body).toEqual({ status: 429, error: 'Too many requests' });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused.headers.get('ratelimit')).toContain('r=0');
    expect((await optOut(body)).status).toBe(200);
  });

  test('counts an IPv6 /64 as one caller', async () => {
    const body = { company_id: company.id, email: 'nobody@example.com' };
    for (let i = 0; i < 10; i++) await optOut(body, `2001:db8:1:1::${i + 1}`);
    expect((await optOut(body, '2001:db8:1:1:ffff::1')).status).toBe(429);
    expect((await optOut(body, '2001:db8:1:2::1')).status).toBe(200);
  });

  test("does not count calls with the company's token", async () => {
    const { token } = company;
    const headers = { 'x-forwarded-for': freshIp() };
    const body = { company_id: company.id, email: 'nobody@example.com' };
    for (let i = 0; i < 12; i++) {
      expect((await service.post('/opt-out', body, { token, headers })).status).toBe(200);
    }
    const unnamed = { email: 'nobody@example.com' };
    expect((await service.post('/opt-out', unnamed, { token, headers })).status).toBe(200);
    const wrong = await service.post('/opt-out', body, { token: 'rescind_tok_wrong', headers });
    expect(wrong.status).toBe(401);
    const other = await makeCompany(service.ctx);
    const foreign = await service.post('/opt-out', body, { token: other.token, headers });
    expect(foreign.status).toBe(403);
  });

  test('keeps no IP in Redis', async () => {
    const ip = '203.0.113.77';
    await optOut({ company_id: company.id, email: 'nobody@example.com' }, ip);
    const keys = await service.ctx.queues.redis.keys(`${service.ctx.config.redisPrefix}:rate:*`);
    expect(keys.length).toBeGreaterThan(0);
    expect(keys.filter((key) => key.includes('203.0.113'))).toEqual([]);
  });
});

test('ignores a forged X-Forwarded-For unless TRUST_PROXY says otherwise', async () => {
  const direct = await startService(testConfig());
  try {
    const there = await makeCompany(direct.ctx);
    const body = { company_id: there.id, email: 'nobody@example.com' };
    const statuses: number[] = [];
    for (let i = 0; i < 11; i++) {
      const headers = { 'x-forwarded-for': `203.0.113.${i}` };
      statuses.push((await direct.post('/opt-out', body, { headers })).status);
    }
    expect(statuses.at(-1)).toBe(429);
  } finally {
    await direct.close();
  }
});

test('can be called by pages of any origin, without credentials', async () => {
  const headers = { origin: 'https://shop.example', 'x-forwarded-for': freshIp() };
  const preflight = await service.call('OPTIONS', '/api/opt-out', {
    headers: {
      ...headers,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
  expect(preflight.headers.get('access-control-allow-headers')).toBe('content-type');
  const body = { company_id: company.id, email: 'nobody@example.com' };
  const reply = await service.post('/api/opt-out', body, { headers });
  expect(reply.headers.get('access-control-allow-origin')).toBe('*');
  expect(reply.headers.get('access-control-allow-credentials')).toBeNull();
  expect(reply.headers.get('access-control-expose-headers')).toContain('Retry-After');
});

describe.each(['blind', 'code'])('where the portal is in mode %s', (mode) => {
  let hiding: Service;
  beforeAll(async () => {
    const settings = { PORTAL_MODE: mode, SMTP_URL: 'console://', OPT_OUT_RATE_PER_MINUTE: '1000' };
    hiding = await startService(testConfig(settings));
  });
  afterAll(() => hiding.close());

  test('nobody but the company learns who is known', async () => {
    const there = await makeCompany(hiding.ctx);
    const { id } = await makeCertificate(hiding.ctx, there, { email: 'known@example.com' });
    const startedAt = new Date();
    for (const more of [
      { email: 'known@example.com' },
      { email: 'known@example.com' },
      { email: 'unknown@example.com' },
      { certificate_id: 'EC-unknown' },
    ]) {
      const asked = performance.now();
      const { status, body } = await hiding.post('/opt-out', { company_id: there.id, ...more });
      const timestamp = expect.stringMatching(/Z$/);
      expect([status, body]).toEqual([
        200,
        { success: true, revoked: null, certificates: null, timestamp },
      ]);
      // Not the time of an earlier revocation, and no sooner for somebody unknown.
      expect(new Date(body.timestamp).getTime()).toBeGreaterThan(startedAt.getTime());
      expect(performance.now() - asked).toBeGreaterThan(990);
    }
    const stored = await hiding.ctx.store.certificates.find(there.id, id);
    expect(stored?.opt_out.revoke).toBe(true);

    const later = await makeCertificate(hiding.ctx, there, { email: 'later@example.com' });
    const body = { company_id: there.id, email: 'later@example.com' };
    const told = await hiding.post('/opt-out', body, there);
    expect(told.body).toMatchObject({ revoked: 1, certificates: [later.id] });
  });
});
