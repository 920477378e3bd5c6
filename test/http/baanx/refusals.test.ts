import { updateCompany } from '../../../src/core/companies/update-company';
import { CALLER } from '../../helpers/company';
import { makeKeyedCompany } from '../key-pair';
import { openScene, type BaanxScene, granted } from './scene';

let scene: BaanxScene;
let { service, company, call, newUser, newSet, revoke } = {} as BaanxScene;

beforeAll(async () => {
  scene = await openScene();
  ({ service, company, call, newUser, newSet, revoke } = scene);
});
afterAll(() => scene.service.close());

describe('what does not exist', () => {
  const gone = (consentId: string) => ({
    error: 'Not found',
    details: [`Consent with ID '${consentId}' not found in consent set`],
  });

  test.each([
    ['unknown', async () => [await newSet(), 'consent_123'] as const],
    [
      'in another set',
      async () => [await newSet(), (await newSet()).consents[0].consentId] as const,
    ],
    [
      'revoked already',
      async () => {
        const set = await newSet();
        const { consentId } = set.consents[1];
        await revoke(set, consentId);
        return [set, consentId] as const;
      },
    ],
    [
      'the record of a revocation',
      async () => {
        const set = await newSet();
        const { body } = await revoke(set, set.consents[1].consentId);
        return [set, body.consentId as string] as const;
      },
    ],
    ['not an id at all', async () => [await newSet(), '$ne'] as const],
    ['of an unknown set', () => [{ consentSetId: 'none' }, 'consent_123'] as const],
    [
      "another company's",
      async () => {
        const other = await makeKeyedCompany(service.ctx);
        const set = await newSet(newUser(), {}, { headers: other.baanx });
        return [set, set.consents[0].consentId as string] as const;
      },
    ],
  ])('is a 404: %s', async (_, make) => {
    const [set, consentId] = await make();
    const { status, body } = await revoke(set, consentId);
    expect([status, body]).toEqual([404, gone(consentId)]);
  });

  test('is a 404 in the shape of the dialect, for sets, users and endpoints too', async () => {
    const expected = {
      '/consentSet/none': "Consent set with ID 'none' not found",
      '/user/nobody': "User with ID 'nobody' not found",
      '/user/nobody/audit': "User with ID 'nobody' not found",
      '/nothing': 'There is no such endpoint',
    };
    for (const [path, sentence] of Object.entries(expected)) {
      const { status, body } = await call('GET', path);
      expect([status, body]).toEqual([404, { error: 'Not found', details: [sentence] }]);
    }
    const body = { all: true };
    expect((await call('POST', '/user/nobody/revocations', { body })).status).toBe(404);
  });
});

describe('credentials', () => {
  const bare = (headers: Record<string, string>) =>
    service.get('/v2/consent/user/nobody', { headers });

  test('get a 499 when the key is missing', async () => {
    const { 'x-client-key': clientKey = '', 'x-secret-key': secretKey = '' } = company.baanx;
    const missing = await bare({ 'x-secret-key': secretKey });
    expect(missing.status).toBe(499);
    expect(missing.body).toEqual({
      error: 'Missing client key',
      details: ['x-client-key header is required for all requests'],
    });
    const half = await bare({ 'x-client-key': clientKey });
    expect([half.status, half.body.details]).toEqual([
      499,
      ['x-secret-key header is required for all requests'],
    ]);
  });

  test('get a 498 when the key or the secret is wrong', async () => {
    for (const wrong of [{ 'x-client-key': 'wrong' }, { 'x-secret-key': 'wrong' }]) {
      const { status, body } = await bare({ ...company.baanx, ...(wrong as object) });
      expect(status).toBe(498);
      expect(body).toEqual({
        error: 'Invalid client key',
        details: ['The provided x-client-key is invalid or expired'],
      });
    }
  });

  test('are checked before a broken body', async () => {
    const options = { body: '{', headers: { 'x-secret-key': 'wrong' } };
    expect((await call('POST', '/consentSet', options)).status).toBe(498);
    const { status, body } = await call('POST', '/consentSet', { body: '{' });
    expect([status, body]).toEqual([
      400,
      { error: 'Bad request', details: ['body must be valid JSON'] },
    ]);
  });

  test('get a 403 for a company without the service, or from another IP', async () => {
    const other = await makeKeyedCompany(service.ctx, { settings: { services: ['econsent'] } });
    expect((await bare(other.baanx)).body).toEqual({
      error: 'Forbidden',
      details: ['This service is not provisioned for the company'],
    });
    const input = { services: ['baanx' as const], ip_allowlist: ['203.0.113.7'] };
    await updateCompany({ ctx: service.ctx, companyId: other.id, caller: CALLER, input });
    expect((await bare(other.baanx)).status).toBe(403);
    const from = { 'x-forwarded-for': '203.0.113.7' };
    expect((await bare({ ...other.baanx, ...from })).status).toBe(404);
  });
});

test.each([
  ['userId', { userId: undefined }],
  ['policy', { policy: 'EU' }],
  ['consents', { consents: [] }],
  ['consents', { consents: granted(['a', 'a']) }],
  ['consents.0.consentStatus', { consents: [{ consentType: 'a', consentStatus: 'yes' }] }],
])('names %s when it is wrong', async (field, more) => {
  const body = { userId: 'u', policy: 'global', consents: granted(['a']), ...more };
  const reply = await call('POST', '/consentSet', { body });
  expect(reply.status).toBe(400);
  expect(reply.body).toEqual({ error: 'Bad request', details: [expect.stringContaining(field)] });
});
