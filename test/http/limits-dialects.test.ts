import { ERRORS, expectError, PREFIX, TERMS } from './attestr/scene';
import type { KeyedCompany } from './key-pair';
import { type LimitsScene, limitHeaders, openLimits, tally } from './limits-scene';

let scene: LimitsScene;
let { service, clock, limited, wallet } = {} as LimitsScene;

beforeAll(async () => {
  scene = await openLimits();
  ({ service, clock, limited, wallet } = scene);
});
afterAll(() => scene.close());

const attestr = (
  { attestr: headers }: KeyedCompany,
  method: string,
  path: string,
  body?: unknown,
) => service.call(method, PREFIX + path, { headers, body });

const baanx = ({ baanx: headers }: KeyedCompany, path: string) =>
  service.get(`/v2/consent${path}`, { headers });

describe('Attestr', () => {
  test.each([
    [4291, 'account_per_second', '1', '"account-second";r=0;t=1'],
    [4292, 'api_per_second', '1', '"api-second";r=0;t=1'],
    [4293, 'account_per_day', '3601', '"account-day";r=0;t=3601'],
    [4294, 'api_per_day', '3601', '"api-day";r=0;t=3601'],
  ])('%d when %s is reached, and says when to come back', async (code, setting, wait, left) => {
    const company = await limited({ [setting]: 2 });
    const read = () => attestr(company, 'GET', '/consent/none');
    expect(await tally(10, read)).toEqual({ 403: 2, 429: 8 });
    const refused = await read();
    expectError(refused, code);
    expect(ERRORS[code]?.[0]).toBe(429);
    expect(limitHeaders(refused)).toMatchObject({ 'retry-after': wait, ratelimit: left });
    const elsewhere = await attestr(company, 'GET', '/consent/none/audit');
    if (setting.startsWith('api')) expectError(elsewhere, 4031);
    else expectError(elsewhere, code);
  });

  test('comes before 4001 and 4031, and after 4016, 4039 and 4035', async () => {
    const limits = { account_per_second: 1 };
    const company = await limited(limits);
    const malformed = () => attestr(company, 'POST', '/consent', '{');
    expectError(await malformed(), 4001, expect.any(String));
    expectError(await malformed(), 4291);
    expectError(await attestr(company, 'GET', '/consent/none'), 4291);
    const wrong = await service.get(`${PREFIX}/consent/none`, {
      headers: { authorization: 'Basic YTpi' },
    });
    expectError(wrong, 4016);
    const elsewhere = await limited(limits, { ip_allowlist: ['203.0.113.9'] });
    const without = await limited(limits, { services: ['econsent'] });
    for (let call = 0; call < 3; call++) {
      expectError(await attestr(elsewhere, 'GET', '/consent/none'), 4039);
      expectError(await attestr(without, 'GET', '/consent/none'), 4035);
    }
    expect((await wallet(without)).status).toBe(200);
  });

  test('names the limit with the longest wait, or else the first', async () => {
    const all = { account_per_second: 1, api_per_second: 1, account_per_day: 2, api_per_day: 2 };
    const company = await limited(all);
    const read = () => attestr(company, 'GET', '/consent/none');
    await read();
    expectError(await read(), 4291);
    clock.ms += 1_000;
    await read();
    const refused = await read();
    expectError(refused, 4293);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3_000);
  });

  test('a refused revocation does not happen', async () => {
    const company = await limited({ api_per_day: 1 });
    const { body } = await attestr(company, 'POST', '/consent', TERMS);
    const path = `/consent/${String(body._id)}`;
    expectError(await attestr(company, 'POST', `/consent/none/revoke`, {}), 4031);
    expectError(await attestr(company, 'POST', `${path}/revoke`, {}), 4294);
    expect((await attestr(company, 'GET', path)).body.status).toBe('active');
  });
});

test('Baanx: 429 in its own shape, ahead of a wrong region', async () => {
  const company = await limited({ api_per_second: 1 });
  expect((await baanx(company, '/user/nobody')).status).toBe(404);
  const refused = await baanx(company, '/user/somebody');
  expect(refused.status).toBe(429);
  expect(refused.body).toEqual({
    error: 'Too many requests',
    details: [expect.stringContaining('per second')],
  });
  expect(refused.headers.get('retry-after')).toBe('1');
  expect((await baanx(company, '/user/nobody/audit')).status).toBe(404);
});

test('an account limit counts the calls of all dialects together, an API limit does not', async () => {
  const company = await limited({ account_per_day: 3, api_per_day: 1 });
  expect((await wallet(company)).status).toBe(200);
  expectError(await attestr(company, 'GET', '/consent/none'), 4031);
  expect((await baanx(company, '/user/nobody')).status).toBe(404);
  expectError(await attestr(company, 'GET', '/consent/none/audit'), 4293);
});
