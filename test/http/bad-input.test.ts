import fc from 'fast-check';
import { CONSENT, makeCompany, type TestCompany } from '../helpers/company';
import { type Reply, type Service, startService } from '../helpers/service';
import { testConfig } from '../helpers/settings';
import { makeKeyedCompany } from './key-pair';

// One test makes hundreds of calls in a row, on a machine that may be busy.
jest.setTimeout(300_000);

let service: Service;
let company: TestCompany;

beforeAll(async () => {
  service = await startService(testConfig({ OPT_OUT_RATE_PER_MINUTE: '1000000' }));
  company = await makeCompany(service.ctx);
});
afterAll(() => service.close());

/** A company in the path that is not the token's would be refused first. */
const ownPath = (path: string) => path.replace('comp-x', company.id);
const raw = (path: string, body: string, headers: Record<string, string> = {}) =>
  service.call('POST', ownPath(path), {
    body,
    token: company.token,
    headers: { 'content-type': 'application/json', ...headers },
  });

/** A 4xx in eConsent's shape that gives away nothing of the inside. */
function expectRefusal(reply: Reply, status: number, path?: string): void {
  expect([reply.status, reply.body.status]).toEqual([status, status]);
  expect(typeof reply.body.error).toBe('string');
  expect(JSON.stringify(reply.body)).not.toMatch(/node_modules|\bat \/|Mongo|E11000|Zod/);
  if (path !== undefined) expect(reply.body.details?.[0].path).toBe(path);
}

const CALLS = [
  '/verify/match',
  '/verify/partial-match',
  '/verify/certificate-info',
  '/verify/session/comp-x',
  '/verify/certificate/comp-x',
  '/opt-out',
  '/certificates',
  '/certificates/EC-x/revoke',
];

test.each(CALLS)('%s refuses what is not JSON, or not a JSON object', async (path) => {
  expectRefusal(await raw(path, '{"certificate_id": '), 400, 'body');
  expectRefusal(await raw(path, '[]'), 400, 'body');
  expectRefusal(await raw(path, 'null'), 400, 'body');
  expectRefusal(
    await raw(path, 'x=1', { 'content-type': 'application/x-www-form-urlencoded' }),
    415,
  );
  expectRefusal(
    await raw(path, '{}', { 'content-type': 'application/json; charset=klingon' }),
    415,
  );
  expectRefusal(await raw(path, '{}', { 'content-encoding': 'snappy' }), 415);
});

test.each([
  ['/verify/match', { certificate_id: { $gt: '' }, consent: 'x' }, 'certificate_id'],
  ['/verify/match', { certificate_id: 'x', consent: ['x'] }, 'consent'],
  ['/verify/match', { certificate_id: 'x'.repeat(201), consent: 'x' }, 'certificate_id'],
  ['/verify/match', { certificate_id: 'x', consent: 'x'.repeat(20_001) }, 'consent'],
  ['/verify/match', { certificate_id: 'x', consent: '' }, 'consent'],
  ['/verify/match', { certificate_id: 'x', consent: 'x', company_id: 7 }, 'company_id'],
  ['/verify/match', { certificate_id: 'a\u0000b', consent: 'x' }, 'certificate_id'],
  ['/verify/partial-match', { certificate_id: 'x' }, 'term'],
  ['/verify/certificate-info', { certificate_id: 'x', property_id: null }, 'property_id'],
  ['/verify/session/comp-x', { session_id: 5 }, 'session_id'],
  ['/certificates', { property_id: 'p', session_id: 's', consents: [] }, 'origin'],
  [
    '/certificates',
    { property_id: 'p', session_id: 's', origin: 'o', consents: [{ type: 't' }] },
    'consents.0.text',
  ],
  [
    '/certificates',
    {
      property_id: 'p',
      session_id: 's',
      origin: 'o',
      consents: [{ type: 't', text: 'x', given_at: 'yesterday' }],
    },
    'consents.0.given_at',
  ],
  ['/certificates/EC-x/revoke', { reason: { $set: 1 } }, 'reason'],
])('%s names the wrong field of %j', async (path, body, field) => {
  const reply = await service.post(ownPath(path), body, { token: company.token });
  expectRefusal(reply, 400, field);
});

test('refuses a company in the body other than the one in the path', async () => {
  const body = { session_id: 's', company_id: 'comp-other' };
  const reply = await service.post(`/verify/session/${company.id}`, body, { token: company.token });
  expectRefusal(reply, 400, 'company_id');
});

test('bounds bodies: 100 KiB, and 1 MiB for a capture', async () => {
  const padding = (size: number) => JSON.stringify({ padding: 'x'.repeat(size) });
  expectRefusal(await raw('/verify/match', padding(100 * 1024)), 413);
  expectRefusal(await raw('/opt-out', padding(100 * 1024)), 413);
  expectRefusal(await raw('/certificates', padding(1024 * 1024)), 413);
  expectRefusal(await raw('/certificates', padding(1000 * 1024)), 400);
});

test('ignores unknown fields, and never stores them', async () => {
  const body = JSON.stringify({
    property_id: company.propertyId,
    session_id: 'unknown-fields',
    origin: 'https://example.com',
    consents: [{ type: 'tcpa', text: CONSENT, sneaked: 1 }],
    opt_out: { revoke: true },
    sneaked: { $set: 1 },
  });
  // Sent as text: an object literal would lose this key.
  const reply = await raw('/certificates', body.replace('{', '{"__proto__":{"admin":true},'));
  expect(reply.status).toBe(201);
  const stored = await service.ctx.store.certificates.find(company.id, reply.body.certificate_id);
  expect(JSON.stringify(stored)).not.toContain('sneaked');
  expect(stored?.opt_out.revoke).toBe(false);
});

test('says what a body of JSON has to be', async () => {
  for (const [body, message] of [
    ['null', 'must be a JSON object'],
    [' "x"', 'must be a JSON object'],
    ['{"a":', 'must be valid JSON'],
    ['nul', 'must be valid JSON'],
  ] as const) {
    expect(await raw('/certificates', body)).toMatchObject({
      status: 400,
      body: { details: [{ path: 'body', message }] },
    });
  }
});

test('keeps events whatever their keys, and refuses those nested too deeply', async () => {
  const capture = (session_id: string, events: string) =>
    raw(
      '/certificates',
      `{"property_id":"${company.propertyId}","session_id":"${session_id}","origin":"o","consents":[],"events":${events}}`,
      { 'idempotency-key': session_id },
    );
  const odd = '{"$where":"1","a.b":{"__proto__":[1]},"\\u0000":null}';
  const reply = await capture('odd-keys', odd);
  expect(reply.status).toBe(201);
  const read = await service.get(`/certificates/${reply.body.certificate_id}`, {
    token: company.token,
  });
  expect(read.body.events.$where).toBe('1');
  expect(read.body.events['a.b']).toBeDefined();
  const deep = (levels: number) => `{"x":${'['.repeat(levels)}${']'.repeat(levels)}}`;
  expectRefusal(await capture('deep', deep(200)), 400, 'events');
  expectRefusal(await capture('very-deep', deep(200_000)), 400, 'events');
});

test.each([
  '/certificates?limit=0',
  '/certificates?limit=201',
  '/audit?limit=x',
  '/wallet/entries?limit=-1',
])('%s names the limit', async (path) => {
  expectRefusal(await service.get(path, { token: company.token }), 400, 'limit');
});

test.each(['/certificates', '/audit', '/wallet/entries'])(
  '%s refuses a made-up cursor',
  async (path) => {
    for (const cursor of ['x', 'W10', Buffer.from('[1,{"$gt":""}]').toString('base64url')]) {
      const reply = await service.get(`${path}?cursor=${cursor}`, { token: company.token });
      expectRefusal(reply, 400, 'cursor');
    }
  },
);

test('answers unknown paths and malformed URLs in the same shape', async () => {
  expectRefusal(await service.get('/nothing-here'), 404);
  expectRefusal(await service.get('/certificates/%E0%A4%A', { token: company.token }), 400);
});

test.each(['utf8', 'UTF-8', '"utf8"', 'us-ascii', 'ascii'])(
  'takes charset=%s as the UTF-8 that it is',
  async (charset) => {
    const headers = { 'content-type': `application/json; charset=${charset}` };
    const reply = await raw('/verify/match', '{"consent":"x"}', headers);
    expectRefusal(reply, 400, 'certificate_id');
  },
);

test('names what is wrong with a body that cannot be read', async () => {
  const wrong = async (headers: Record<string, string>) =>
    (await raw('/verify/match', '{}', headers)).body.error;
  expect(await wrong({ 'content-encoding': 'utf-8' })).toMatch(/^Content-Encoding must be/);
  const latin = { 'content-type': 'application/json; charset=iso-8859-1' };
  expect(await wrong(latin)).toBe('The charset of Content-Type must be utf-8');
  expect(await wrong({ 'content-type': 'text/plain' })).toMatch(/^Content-Type must be/);
});

test('says what is wrong in words for people, in every dialect', async () => {
  const wrong = {
    property_id: 7,
    session_id: '',
    origin: 'x'.repeat(2_001),
    consents: [{ type: 't', text: 'x', given_at: 'yesterday' }, 'x'],
  };
  const { body } = await service.post('/certificates', wrong, { token: company.token });
  const said = Object.fromEntries(
    body.details.map(({ path, message }: Record<string, string>) => [path, message]),
  );
  expect(said).toMatchObject({
    property_id: 'must be a text',
    session_id: 'must not be empty',
    origin: 'must have at most 2000 characters',
    'consents.0.given_at': expect.stringContaining('ISO 8601'),
    'consents.1': 'must be an object',
  });
  const missing = await service.post('/verify/match', {}, { token: company.token });
  expect(missing.body.details).toEqual([
    { path: 'certificate_id', message: 'is required' },
    { path: 'consent', message: 'is required' },
  ]);
  const listed = await service.get('/certificates?limit=900&status=gone', {
    token: company.token,
  });
  expect(listed.body.details).toEqual([
    { path: 'limit', message: 'must be at most 200' },
    { path: 'status', message: 'must be one of active, revoked' },
  ]);
  const { attestr, baanx } = await makeKeyedCompany(service.ctx);
  const consent = await service.post('/api/v3/public/consent', {}, { headers: attestr });
  expect(consent.body.details).toBe('subject is required; purposes is required; text is required');
  const set = await service.post('/v2/consent/consentSet', { policy: 'x' }, { headers: baanx });
  expect(set.body.details).toContain('policy must be one of global, US');
});

test('never answers JSON of any kind with a 5xx', async () => {
  const fields = fc.constantFrom(
    'company_id',
    'property_id',
    'certificate_id',
    'session_id',
    'consent',
    'term',
    'email',
    'mobile',
    'reason',
    'origin',
    'consents',
    'events',
    'originator_company_id',
  );
  const body = fc.dictionary(fields, fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' })));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...CALLS), body, async (path, value) => {
      const reply = await service.post(ownPath(path), value, { token: company.token });
      expect([path, reply.status < 500]).toEqual([path, true]);
    }),
    { numRuns: 400 },
  );
});
