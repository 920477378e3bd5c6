import { collections } from '../../helpers/collections';
import { operatorClient, wrongFields as paths } from '../../helpers/operator';
import { type Service, startService } from '../../helpers/service';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const operator = operatorClient(() => service);
const makeCompany = async (settings: object = {}): Promise<string> => {
  const reply = await operator('POST', '/companies', { name: 'Example Corp', ...settings });
  expect(reply.status).toBe(201);
  return reply.body.company_id;
};
const actions = async (companyId: string) => {
  const { items } = await service.ctx.store.audit.list(companyId, {}, { limit: 100 });
  return items.map(({ action, actor, ip }) => ({ action, actor: actor.type, ip })).reverse();
};

describe('credentials', () => {
  const CALLS = [
    ['POST', '/operator/companies'],
    ['GET', '/operator/companies'],
    ['GET', '/operator/companies/x'],
    ['PATCH', '/operator/companies/x'],
    ['POST', '/operator/companies/x/properties'],
    ['POST', '/operator/companies/x/tokens'],
    ['DELETE', '/operator/companies/x/tokens/y'],
    ['POST', '/operator/companies/x/api-keys'],
    ['POST', '/operator/companies/x/users'],
    ['POST', '/operator/companies/x/wallet/top-ups'],
    ['GET', '/operator/companies/x/wallet'],
    ['PUT', '/operator/companies/x/legal-hold'],
    ['DELETE', '/operator/companies/x/legal-hold'],
    ['GET', '/operator/companies/x/legal-holds'],
    ['GET', '/operator/nothing/here'],
  ] as const;

  test.each(CALLS)(
    '%s %s gets 401 without the token and with another one',
    async (method, path) => {
      for (const token of [undefined, 'test-operator-token-0123456788']) {
        const reply = await service.call(method, path, { token });
        expect(reply.status).toBe(401);
        expect(reply.body).toEqual({ status: 401, error: 'Invalid credentials or token' });
      }
    },
  );

  test('accepts neither HTTP Basic nor the token of a company', async () => {
    const companyId = await makeCompany();
    const made = await operator('POST', `/companies/${companyId}/tokens`, { label: 'x' });
    const pair = `operator:${service.ctx.config.operatorToken}`;
    const basic = `Basic ${Buffer.from(pair).toString('base64')}`;
    const path = `/operator/companies/${companyId}`;
    expect((await service.get(path, { headers: { authorization: basic } })).status).toBe(401);
    expect((await service.get(path, { token: made.body.token })).status).toBe(401);
  });

  test('answers 404 for an unknown path', async () => {
    const reply = await operator('GET', '/nothing/here');
    expect(reply.status).toBe(404);
    expect(reply.body).toEqual({ status: 404, error: 'Not found' });
  });
});

test('limits wrong tokens per IP', async () => {
  const guarded = await startService();
  try {
    const statuses = new Set<number>();
    for (let i = 0; i < 61; i++) {
      statuses.add((await guarded.get('/operator/companies', { token: `wrong-${i}` })).status);
    }
    expect([...statuses]).toEqual([401, 429]);
  } finally {
    await guarded.close();
  }
});

describe('POST /companies', () => {
  test('creates a company with the defaults and an empty wallet', async () => {
    const reply = await operator('POST', '/companies', { name: ' Example Corp ' });
    expect(reply.status).toBe(201);
    expect(reply.body).toEqual({
      company_id: expect.stringMatching(/^comp_[\w-]{22}$/),
      name: 'Example Corp',
      third_party_verification_enabled: false,
      authorized_third_parties: [],
      services: ['econsent', 'attestr', 'baanx'],
      ip_allowlist: [],
      limits: {},
      retention: { action: 'keep', after_days: 0, session_days: 90, certificate_days: 1827 },
      body_credentials_enabled: true,
      low_balance_microusd: 5_000_000,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    });
    const wallet = await operator('GET', `/companies/${reply.body.company_id}/wallet`);
    expect(wallet.body).toEqual({
      balance_microusd: 0,
      reserved_microusd: 0,
      entries_sum_microusd: 0,
    });
    expect(await actions(reply.body.company_id)).toEqual([
      { action: 'company.created', actor: 'operator', ip: '127.0.0.1' },
    ]);
  });

  test('accepts every setting', async () => {
    const settings = {
      company_id: 'Acme-1.test_x',
      name: 'Acme',
      third_party_verification_enabled: true,
      authorized_third_parties: ['a', 'b'],
      services: ['econsent'],
      ip_allowlist: ['10.0.0.0/8', '192.0.2.1', '2001:db8::/32', '::1'],
      limits: { account_per_second: 5, api_per_day: 1_000 },
      retention: { action: 'archive', after_days: 3 },
      body_credentials_enabled: false,
      low_balance_microusd: 1,
    };
    const reply = await operator('POST', '/companies', settings);
    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject({
      ...settings,
      retention: { action: 'archive', after_days: 3, session_days: 90, certificate_days: 1827 },
    });
    const read = await operator('GET', '/companies/Acme-1.test_x');
    expect(read.status).toBe(200);
    expect(read.body).toEqual(reply.body);
  });

  test('answers 409 for an id that is taken, and leaves that company as it was', async () => {
    const companyId = await makeCompany();
    const again = await operator('POST', '/companies', { name: 'Other', company_id: companyId });
    expect(again.status).toBe(409);
    const read = await operator('GET', `/companies/${companyId}`);
    expect(read.body.name).toBe('Example Corp');
  });

  test.each([
    [{}, 'name'],
    [{ name: ' ' }, 'name'],
    [{ name: 'x', company_id: 'a:b' }, 'company_id'],
    [{ name: 'x', company_id: '../x' }, 'company_id'],
    [{ name: 'x', services: ['econsent', 'fax'] }, 'services.1'],
    [{ name: 'x', ip_allowlist: ['10.0.0.0/8', '10.1'] }, 'ip_allowlist.1'],
    [{ name: 'x', ip_allowlist: ['10.0.0.0/33'] }, 'ip_allowlist.0'],
    [{ name: 'x', ip_allowlist: ['example.com'] }, 'ip_allowlist.0'],
    [{ name: 'x', ip_allowlist: ['::ffff:10.0.0.0/104'] }, 'ip_allowlist.0'],
    [{ name: 'x', limits: { api_per_second: 0 } }, 'limits.api_per_second'],
    [{ name: 'x', limits: { api_per_day: 1.5 } }, 'limits.api_per_day'],
    [{ name: 'x', retention: { action: 'burn' } }, 'retention.action'],
    [{ name: 'x', retention: { after_days: -1 } }, 'retention.after_days'],
    [{ name: 'x', retention: { after_days: 36_501 } }, 'retention.after_days'],
    [
      { name: 'x', authorized_third_parties: Array.from({ length: 1_001 }, (_, i) => String(i)) },
      'authorized_third_parties',
    ],
  ])('answers 400 for %j, naming the field', async (body, path) => {
    const reply = await operator('POST', '/companies', body);
    expect(reply.status).toBe(400);
    expect(reply.body).toMatchObject({ status: 400, error: 'The request is not valid' });
    expect(paths(reply)).toEqual([path]);
  });

  test('creates one company under one Idempotency-Key', async () => {
    const key = { 'idempotency-key': 'company-1' };
    const body = { name: 'Once' };
    const first = await operator('POST', '/companies', body, key);
    const again = await operator('POST', '/companies', body, key);
    expect(again.status).toBe(201);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.body).toEqual(first.body);
    expect(await collections(service.ctx).companies.countDocuments({ name: 'Once' })).toBe(1);
    const other = await operator('POST', '/companies', { name: 'Twice' }, key);
    expect(other.status).toBe(422);
  });

  test('gives the key back after a refusal', async () => {
    const companyId = await makeCompany();
    const key = { 'idempotency-key': 'company-2' };
    const taken = { name: 'Taken', company_id: companyId };
    expect((await operator('POST', '/companies', taken, key)).status).toBe(409);
    expect((await operator('POST', '/companies', { name: 'Free' }, key)).status).toBe(201);
  });
});

describe('PATCH /companies/:id', () => {
  test('changes what is given and keeps the rest, in nested settings too', async () => {
    const companyId = await makeCompany({
      limits: { account_per_second: 5, api_per_day: 9 },
      retention: { action: 'delete', after_days: 7 },
    });
    const before = await operator('GET', `/companies/${companyId}`);
    const reply = await operator('PATCH', `/companies/${companyId}`, {
      name: 'New name',
      limits: { account_per_second: null, api_per_second: 2 },
      retention: { session_days: 30 },
    });
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual({
      ...before.body,
      name: 'New name',
      limits: { api_per_day: 9, api_per_second: 2 },
      retention: { action: 'delete', after_days: 7, session_days: 30, certificate_days: 1827 },
    });
    expect((await operator('GET', `/companies/${companyId}`)).body).toEqual(reply.body);
    const { items } = await service.ctx.store.audit.list(
      companyId,
      { action: 'company.updated' },
      { limit: 10 },
    );
    expect(items.map((entry) => entry.reason)).toEqual(['settings: limits, name, retention']);
  });

  test('loses neither of two simultaneous changes', async () => {
    const companyId = await makeCompany();
    const replies = await Promise.all([
      operator('PATCH', `/companies/${companyId}`, { limits: { account_per_second: 1 } }),
      operator('PATCH', `/companies/${companyId}`, { limits: { api_per_second: 2 } }),
      operator('PATCH', `/companies/${companyId}`, { limits: { api_per_day: 3 } }),
    ]);
    expect(replies.map((reply) => reply.status)).toEqual([200, 200, 200]);
    const { body } = await operator('GET', `/companies/${companyId}`);
    expect(body.limits).toEqual({ account_per_second: 1, api_per_second: 2, api_per_day: 3 });
  });

  test('refuses an empty change, unknown settings and the id', async () => {
    const companyId = await makeCompany();
    for (const body of [{}, { nme: 'x' }, { company_id: 'other' }]) {
      const reply = await operator('PATCH', `/companies/${companyId}`, body);
      expect(reply.status).toBe(400);
      expect(new Set(paths(reply))).toEqual(new Set(['body']));
    }
  });

  test('answers 404 for an unknown company, as GET does', async () => {
    const patch = await operator('PATCH', '/companies/nobody', { name: 'x' });
    expect(patch.body).toEqual({ status: 404, error: 'Company not found' });
    expect((await operator('GET', '/companies/nobody')).status).toBe(404);
  });
});

test('lists every company once, in pages', async () => {
  for (let i = 0; i < 3; i++) await makeCompany();
  const seen: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const reply = await operator('GET', `/companies?limit=2${cursor && `&cursor=${cursor}`}`);
    expect(reply.status).toBe(200);
    seen.push(...reply.body.companies.map((c: { company_id: string }) => c.company_id));
    cursor = reply.body.next_cursor;
  }
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen).toHaveLength(await collections(service.ctx).companies.countDocuments());
  expect((await operator('GET', '/companies?limit=0')).status).toBe(400);
});
