import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { makeCompany, type TestCompany } from '../helpers/company';
import { type Service, startService } from '../helpers/service';
import { testConfig } from '../helpers/settings';
import { until } from '../helpers/until';
import { basic, makeKeyedCompany } from './key-pair';

let service: Service;
let company: TestCompany;

beforeAll(async () => {
  service = await startService(testConfig({ TRUST_PROXY: '1' }));
  company = await makeCompany(service.ctx);
});
afterAll(() => service.close());

const TAKE_A_TOKEN = [
  '/certificates',
  '/certificates/EC-x/revoke',
  '/revocations/bulk',
  '/revocations/batches/bat-x/commit',
  '/opt-out/links',
];
const TAKE_EITHER = ['/verify/match', '/verify/certificate-info', '/verify/session/comp-x'];
const WRONG_BODIES = ['{"certificate_ids": ', '[]', '{"session_id": 7}', 'x'.repeat(200 * 1024)];

const send = (path: string, body: string, headers: Record<string, string> = {}) =>
  service.call('POST', path, { body, headers: { 'content-type': 'application/json', ...headers } });
let callers = 0;
/** Another address each time: what is wrong here must not hold the next test back. */
const from = () => ({ 'x-forwarded-for': `10.0.${callers++ >> 8}.${callers & 255}` });

test.each([...TAKE_A_TOKEN, ...TAKE_EITHER, '/opt-out'])(
  '%s looks at a token before it looks at the body',
  async (path) => {
    for (const body of WRONG_BODIES) {
      const wrong = { authorization: 'Bearer rescind_tok_wrong', ...from() };
      expect((await send(path, body, wrong)).status).toBe(401);
    }
  },
);

test.each(TAKE_A_TOKEN)('%s asks for a token before it looks at the body', async (path) => {
  for (const body of WRONG_BODIES) expect((await send(path, body)).status).toBe(401);
});

test.each([...TAKE_EITHER, '/opt-out'])('%s without a token names what is wrong', async (path) => {
  expect((await send(path, '[]')).status).toBe(400);
});

test('another company is refused before what else is wrong with the body, or with the path', async () => {
  const { token } = company;
  const other = await makeCompany(service.ctx);
  const headers = { authorization: `Bearer ${token}` };
  const body = JSON.stringify({ company_id: other.id });
  for (const path of ['/verify/match', '/certificates', '/revocations/bulk', '/opt-out']) {
    expect((await send(path, body, headers)).status).toBe(403);
  }
  expect((await send(`/verify/session/${other.id}`, '{}', headers)).status).toBe(403);
  expect((await send(`/verify/session/${company.id}`, '{}', headers)).status).toBe(400);
});

test('a call with a token is counted once', async () => {
  const limited = await makeCompany(service.ctx);
  const operator = { token: service.ctx.config.operatorToken };
  const limits = { account_per_day: 1 };
  await service.call('PATCH', `/operator/companies/${limited.id}`, {
    body: { limits },
    ...operator,
  });
  const body = { company_id: limited.id, email: 'nobody@example.com' };
  expect((await service.post('/opt-out', body, limited)).status).toBe(200);
  expect((await service.post('/opt-out', body, limited)).status).toBe(429);
});

test('lists 20 details at most', async () => {
  const wrong = { certificate_ids: Array.from({ length: 10_000 }, () => 7) };
  const { status, body } = await service.post('/revocations/bulk', wrong, company);
  expect([status, body.details.length]).toEqual([400, 20]);
  const operator = { token: service.ctx.config.operatorToken };
  const change = { authorized_third_parties: Array.from({ length: 500 }, () => 7) };
  const path = `/operator/companies/${company.id}`;
  const refused = await service.call('PATCH', path, { body: change, ...operator });
  expect(refused.body.details.length).toBeLessThanOrEqual(20);
});

test('no page can make its visitors send tokens', async () => {
  for (const path of ['/opt-out', '/api/opt-out']) {
    const preflight = await fetch(service.url + path, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://evil.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,idempotency-key',
      },
    });
    const { headers } = preflight;
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('access-control-allow-headers')).toBe('content-type');
    expect(headers.get('access-control-allow-credentials')).toBeNull();
  }
  const answer = await send('/opt-out', '{}', { origin: 'https://shop.example' });
  expect(answer.headers.get('access-control-expose-headers')).toContain('Retry-After');
});

test('wrong ids of properties are counted like any wrong credentials', async () => {
  const ip = { 'x-forwarded-for': '198.51.100.77' };
  const check = (property_id: string) => {
    const body = { company_id: company.id, property_id, certificate_id: 'EC-x' };
    return service.post('/verify/certificate-info', body, { headers: ip });
  };
  for (let i = 0; i < 60; i++) expect((await check(`guess-${i}`)).status).toBe(404);
  const { status, headers } = await check('guess-60');
  expect(status).toBe(429);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
});

test('what nobody can guess is served from an IP that is held back for wrong credentials', async () => {
  const { operatorToken } = service.ctx.config;
  const ip = { 'x-forwarded-for': '198.51.100.99' };
  const wallet = (token: string) => service.get('/wallet', { token, headers: ip });
  for (let i = 0; i < 60; i++) expect((await wallet(`rescind_tok_${i}`)).status).toBe(401);
  expect((await wallet('rescind_tok_60')).status).toBe(429);

  expect((await wallet(company.token)).status).toBe(200);
  const companies = await service.get('/operator/companies', { token: operatorToken, headers: ip });
  expect(companies.status).toBe(200);
  const { attestr } = await makeKeyedCompany(service.ctx);
  const consent = (authorization = '') =>
    service.get('/api/v3/public/consent/none', { headers: { authorization, ...ip } });
  expect((await consent(attestr.authorization)).status).toBe(403);
  expect((await consent(basic('rescind_ck_x', 'wrong'))).status).toBe(429);

  // A property's id may be chosen by people, and could be guessed.
  const body = { ...company.ids, certificate_id: 'EC-x' };
  const pairInBody = await service.post('/verify/certificate-info', body, { headers: ip });
  expect(pairInBody.status).toBe(429);
});

/** Has tokens looked up only once `lookUp` is called; `read` sees the certificates that are read. */
function holdLookUps() {
  const { credentials, certificates } = service.ctx.checkStore;
  const find = credentials.tokensByHash.bind(credentials);
  let lookUp: () => void = () => undefined;
  const looking = new Promise<void>((resolve) => (lookUp = resolve));
  jest.spyOn(credentials, 'tokensByHash').mockImplementation(async (hashes) => {
    await looking;
    return find(hashes);
  });
  const read = jest.spyOn(certificates, 'findForChecks');
  return { lookUp, read };
}

test('a check reads its certificate while its caller is looked up, and answers only then', async () => {
  const { lookUp, read } = holdLookUps();
  const check = JSON.stringify({ certificate_id: 'EC-there-is-none', consent: 'x' });
  const headers = { authorization: `Bearer ${company.token}`, ...from() };
  const answers = Promise.all([
    send('/verify/match', check, headers),
    send('/verify/match', check, { authorization: 'Bearer rescind_tok_wrong', ...from() }),
    send('/verify/match', '{', { authorization: 'Bearer rescind_tok_wrong', ...from() }),
  ]);
  await until('the certificate is read', () => read.mock.calls.length > 0);
  lookUp();
  expect((await answers).map(({ status }) => status)).toEqual([404, 401, 401]);
  jest.restoreAllMocks();
});

test('a compressed body is unpacked only once its caller is known', async () => {
  const { lookUp, read } = holdLookUps();
  const idsRead = () => read.mock.calls.flatMap(([ids]) => ids);
  const bodyOf = (certificate_id: string) => JSON.stringify({ certificate_id, consent: 'x' });
  const headers = { authorization: `Bearer ${company.token}`, ...from() };
  const packed = fetch(`${service.url}/verify/match`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', 'content-encoding': 'gzip' },
    body: gzipSync(bodyOf('EC-packed')),
  });
  const plain: Promise<unknown>[] = [];
  // One after the other, which is longer than it takes to unpack a few bytes.
  for (const id of ['EC-first', 'EC-second', 'EC-third']) {
    plain.push(send('/verify/match', bodyOf(id), headers));
    await until('a plain one is read', () => idsRead().includes(id));
  }
  expect(idsRead()).not.toContain('EC-packed');
  lookUp();
  expect((await packed).status).toBe(404);
  await Promise.all(plain);
  jest.restoreAllMocks();
});

test('who is refused is told so without sending the body', async () => {
  const { port } = new URL(service.url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.write(
    'POST /verify/match HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n' +
      'Authorization: Bearer rescind_tok_wrong\r\nContent-Length: 10\r\n\r\n{',
  );
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1.1 401 /);
  socket.destroy();
}, 20_000);
