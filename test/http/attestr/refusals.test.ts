import { updateCompany } from '../../../src/core/companies/update-company';
import { CALLER } from '../../helpers/company';
import { startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';
import { type AttestrScene, expectError, openAttestr, PREFIX, TERMS } from './scene';
import { basic, makeKeyedCompany } from '../key-pair';

let scene: AttestrScene;
let { service, company, call, register, revoke } = {} as AttestrScene;

beforeAll(async () => {
  scene = await openAttestr();
  ({ service, company, call, register, revoke } = scene);
});
afterAll(() => service.close());

const broken = (headers: Record<string, string>) =>
  service.call('POST', `${PREFIX}/consent/none/revoke`, { body: '{', headers });

describe('4016', () => {
  test.each([
    ['no header', undefined],
    ['a Bearer token', 'Bearer abc'],
    ['no base64', 'Basic ***'],
    ['no colon', `Basic ${Buffer.from('abc').toString('base64')}`],
    ['an unknown key', basic('unknown', 'secret')],
  ])('for %s, before anything else', async (_, authorization) => {
    const reply = await broken(authorization === undefined ? {} : { authorization });
    expectError(reply, 4016);
    expect(reply.headers.get('www-authenticate')).toBe('Basic');
  });

  test('for a wrong secret', async () => {
    const { 'x-client-key': clientKey = '' } = company.baanx;
    expectError(await broken({ authorization: basic(clientKey, 'wrong') }), 4016);
  });

  test('for the eConsent credentials of the same company', async () => {
    expectError(await broken({ authorization: `Bearer ${company.token}` }), 4016);
    const reply = await service.get('/wallet', { headers: company.attestr });
    expect(reply.status).toBe(401);
    expect(reply.body).toEqual({ status: 401, error: expect.any(String) });
  });
});

test('4039 comes before 4035, and 4035 before 4001', async () => {
  const other = await makeKeyedCompany(service.ctx, {
    settings: { services: ['baanx'], ip_allowlist: ['203.0.113.0/28', '2001:db8::/48'] },
  });
  expectError(await broken(other.attestr), 4039);
  for (const ip of ['203.0.113.9', '2001:db8::17']) {
    expectError(await broken({ ...other.attestr, 'x-forwarded-for': ip }), 4035);
  }
  expectError(await broken({ ...other.attestr, 'x-forwarded-for': '203.0.113.99' }), 4039);
  const input = { services: ['attestr' as const] };
  await updateCompany({ ctx: service.ctx, companyId: other.id, caller: CALLER, input });
  const allowed = { ...other.attestr, 'x-forwarded-for': '203.0.113.9' };
  expectError(await broken(allowed), 4001, 'body must be valid JSON');
});

test.each([
  ['subject', { subject: undefined }],
  ['subject', { subject: {} }],
  ['email', { subject: { email: 'nobody' } }],
  ['mobile', { subject: { mobile: 'nobody' } }],
  ['purposes', { purposes: [] }],
  ['purposes.0', { purposes: [1] }],
  ['text', { text: '' }],
  ['text', { text: 'x'.repeat(20_001) }],
  ['retention_policy.action', { retention_policy: { action: 'burn', after_days: 0 } }],
  ['retention_policy.after_days', { retention_policy: { action: 'keep', after_days: -1 } }],
])('4001 names %s: %j', async (field, more) => {
  const reply = await call('POST', '/consent', { body: { ...TERMS, ...more } });
  expectError(reply, 4001, expect.stringContaining(field));
});

test.each([
  ['an array', '[]'],
  ['null', 'null'],
  ['too much', JSON.stringify({ text: 'x'.repeat(110_000) })],
])('4001 for a body that is %s', async (_, body) => {
  expectError(await call('POST', '/consent', { body }), 4001, expect.any(String));
});

test('4001 for another content type, and for a change of nothing', async () => {
  const headers = { 'content-type': 'text/plain' };
  expectError(await call('POST', '/consent', { body: 'x', headers }), 4001, expect.any(String));
  const id = await register();
  expectError(await call('PATCH', `/consent/${id}`, { body: {} }), 4001, expect.any(String));
});

describe('4031', () => {
  const operations = (id: string) => [
    call('GET', `/consent/${id}`),
    call('GET', `/consent/${id}/audit`),
    call('PATCH', `/consent/${id}`, { body: { text: 'other' } }),
    revoke(id),
  ];

  test.each(['none', '[object Object]', '%00', '$ne', 'x'.repeat(300), '507f1f77bcf86cd799439011'])(
    'for an unknown id: %j',
    async (id) => {
      const path = id.startsWith('%') ? id : encodeURIComponent(id);
      for (const reply of await Promise.all(operations(path))) expectError(reply, 4031);
    },
  );

  test("for someone else's, which stays as it is", async () => {
    const other = await makeKeyedCompany(service.ctx);
    const id = await register({}, { headers: other.attestr });
    for (const reply of await Promise.all(operations(id))) expectError(reply, 4031);
    const { body } = await call('GET', `/consent/${id}`, { headers: other.attestr });
    expect(body).toMatchObject({ status: 'active', text: TERMS.text });
  });

  test('for a consent of the other dialect, and vice versa', async () => {
    const set = {
      userId: 'u',
      policy: 'global',
      consents: [{ consentType: 'a', consentStatus: 'granted' }],
    };
    const { body } = await service.post('/v2/consent/consentSet', set, { headers: company.baanx });
    expectError(await revoke(body.consents[0].consentId as string), 4031);
    const id = await register();
    const path = `/v2/consent/consentSet/${id}/consent/${id}`;
    expect((await service.call('DELETE', path, { headers: company.baanx })).status).toBe(404);
  });

  test('after a wrong body', async () => {
    const body = { text: 1 };
    expectError(await call('PATCH', '/consent/none', { body }), 4001, expect.any(String));
  });
});

test('answers unknown calls in its own shape, as eConsent does in its own', async () => {
  for (const path of ['/nothing', '/consent/a/b/c']) {
    const { status, body } = await call('GET', path);
    expect(status).toBe(404);
    expect(body).toMatchObject({ httpStatusCode: 404, appError: true, code: expect.any(Number) });
  }
  const malformed = await call('GET', '/consent/%E0%A4%A');
  expectError(malformed, 4001, expect.any(String));
  const { body } = await service.get('/api/v3/nothing');
  expect(body).toEqual({ status: 404, error: 'Not found' });
});

test('4291 after too many wrong credentials from one IP, without affecting others', async () => {
  const from = (ip: string, authorization: string) =>
    service.get(`${PREFIX}/consent/none`, { headers: { authorization, 'x-forwarded-for': ip } });
  const wrong = basic('unknown', 'secret');
  await Promise.all(Array.from({ length: 60 }, () => from('198.51.100.7', wrong)));
  const refused = await from('198.51.100.7', wrong);
  expectError(refused, 4291);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expectError(await from('198.51.100.7', company.attestr.authorization ?? ''), 4031);
  expectError(await from('198.51.100.8', company.attestr.authorization ?? ''), 4031);
});

test('5001 when MongoDB does not answer', async () => {
  const down = await startService(testConfig());
  try {
    const { attestr } = await makeKeyedCompany(down.ctx);
    const transaction = down.ctx.store.regions.default.transaction;
    down.ctx.store.regions.default.transaction = () => Promise.reject(new Error('driver message'));
    const reply = await down.get(`${PREFIX}/consent/none`, { headers: attestr });
    down.ctx.store.regions.default.transaction = transaction;
    expectError(reply, 5001);
    expect(JSON.stringify(reply.body)).not.toContain('driver message');
  } finally {
    await down.close();
  }
});

describe('with a price on revocations', () => {
  const PRICE = 40_000;
  let priced: AttestrScene;

  beforeAll(async () => {
    priced = await openAttestr({ PRICE_ATTESTR_REVOCATION_MICROUSD: String(PRICE) });
  });
  afterAll(() => priced.service.close());

  test('4005 when there is not enough money, and nothing is done; 4031 comes first', async () => {
    const { service: api, revoke: revokeAs, register: registerAs } = priced;
    const poor = await makeKeyedCompany(api.ctx, { balanceMicrousd: PRICE - 1 });
    const as = { headers: poor.attestr };
    const id = await registerAs({}, as);
    expectError(await revokeAs(id, as), 4005);
    expectError(await revokeAs('none', as), 4031);
    const { body } = await priced.call('GET', `/consent/${id}`, as);
    expect(body.status).toBe('active');
    const wallet = (await api.get('/wallet', poor)).body;
    expect(wallet).toMatchObject({ balance_microusd: PRICE - 1, reserved_microusd: 0 });
  });

  test('reserves it once, even with repeats and races', async () => {
    const { service: api, revoke: revokeAs, register: registerAs } = priced;
    const payer = await makeKeyedCompany(api.ctx, { balanceMicrousd: PRICE });
    const as = { headers: payer.attestr };
    const id = await registerAs({}, as);
    const replies = await Promise.all(Array.from({ length: 5 }, () => revokeAs(id, as)));
    expect(replies.map(({ status }) => status)).toEqual(Array(5).fill(200));
    expect((await revokeAs(id, as)).status).toBe(200);
    expect((await api.get('/wallet', payer)).body).toMatchObject({
      balance_microusd: PRICE,
      reserved_microusd: PRICE,
      available_microusd: 0,
    });
  });
});
