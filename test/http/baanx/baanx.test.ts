import { openScene, type BaanxScene, GIVEN, granted } from './scene';
import { collections } from '../../helpers/collections';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

let scene: BaanxScene;
let { service, call, newUser, newSet, revoke, stored } = {} as BaanxScene;

beforeAll(async () => {
  scene = await openScene();
  ({ service, call, newUser, newSet, revoke, stored } = scene);
});
afterAll(() => scene.service.close());

test('records a set and shows it', async () => {
  const userId = newUser();
  const set = await newSet(userId);
  expect(set).toEqual({
    consentSetId: expect.stringMatching(UUID),
    userId,
    policy: 'global',
    status: 'complete',
    consents: GIVEN.map((consentType) => ({
      consentId: expect.stringMatching(UUID),
      consentType,
      consentStatus: 'granted',
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    })),
  });
  const { status, body } = await call('GET', `/consentSet/${set.consentSetId}`);
  expect(status).toBe(200);
  expect(body).toEqual(set);
});

test.each([
  ['global', ['termsAndPrivacy'], 'complete'],
  ['global', ['eSignAct', 'marketingNotifications'], 'incomplete'],
  ['US', ['termsAndPrivacy'], 'incomplete'],
  ['US', ['termsAndPrivacy', 'eSignAct'], 'complete'],
])('under policy %s %j is %s', async (policy, types, status) => {
  const userId = newUser();
  expect((await newSet(userId, { policy, consents: granted(types) })).status).toBe(status);
  expect((await call('GET', `/user/${userId}`)).body.status).toBe(status);
});

test('does not count a denied consent as granted', async () => {
  const consents = [{ consentType: 'termsAndPrivacy', consentStatus: 'denied' }];
  expect((await newSet(newUser(), { consents })).status).toBe('incomplete');
});

test('revokes a consent by adding a record, and leaves the original as it is, byte for byte', async () => {
  const userId = newUser();
  const set = await newSet(userId);
  const [terms, , marketing] = set.consents;
  const before = await stored(marketing.consentId);
  const { status, body } = await revoke(set, marketing.consentId);
  expect(status).toBe(200);
  expect(body).toEqual({
    consentId: expect.stringMatching(UUID),
    consentSetId: set.consentSetId,
    consentType: 'marketingNotifications',
    consentStatus: 'revoked',
    revocationTimestamp: expect.stringMatching(/Z$/),
    _links: {
      consentSet: {
        href: `${service.url}/v2/consent/consentSet/${set.consentSetId}`,
        method: 'GET',
      },
      audit: { href: `${service.url}/v2/consent/user/${userId}/audit`, method: 'GET' },
    },
    impact: { before: 'complete', after: 'complete' },
  });
  expect(body.consentId).not.toBe(marketing.consentId);
  expect(await stored(marketing.consentId)).toBe(before);
  const shown = (await call('GET', `/consentSet/${set.consentSetId}`)).body;
  expect(shown.consents).toEqual([
    terms,
    set.consents[1],
    { ...marketing, consentStatus: 'revoked' },
  ]);
  expect(shown.status).toBe('complete');
});

test('reports what revoking a required consent does to the user', async () => {
  const set = await newSet();
  const { body } = await revoke(set, set.consents[0].consentId);
  expect(body.impact).toEqual({ before: 'complete', after: 'incomplete' });
  expect((await call('GET', `/user/${set.userId}`)).body.status).toBe('incomplete');
});

test('goes by the newest set of a user', async () => {
  const userId = newUser();
  const old = await newSet(userId, { consents: granted(['marketingNotifications']) });
  const now = await newSet(userId);
  const { body } = await call('GET', `/user/${userId}`);
  expect(body).toEqual({ userId, status: 'complete', consentSets: [now, old] });
  expect((await revoke(old, old.consents[0].consentId)).body.impact).toEqual({
    before: 'complete',
    after: 'complete',
  });
});

test('of simultaneous revocations one gets 200 and the others 404', async () => {
  const set = await newSet();
  const { consentId } = set.consents[0];
  const replies = await Promise.all(Array.from({ length: 8 }, () => revoke(set, consentId)));
  expect(replies.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(404)]);
  const { entries } = (await call('GET', `/user/${set.userId}/audit`)).body;
  expect(
    entries.filter((entry: { action: string }) => entry.action === 'consent.revoked'),
  ).toHaveLength(1);
});

test('makes links as the caller sees the service, with ids escaped', async () => {
  const set = await newSet('a/b c?');
  const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'consent.example.com' };
  const { body } = await revoke(set, set.consents[0].consentId, { headers });
  const base = 'https://consent.example.com/v2/consent';
  expect(body._links.consentSet.href).toBe(`${base}/consentSet/${set.consentSetId}`);
  expect(body._links.audit.href).toBe(`${base}/user/a%2Fb%20c%3F/audit`);
  const path = new URL(body._links.audit.href as string).pathname.replace('/v2/consent', '');
  expect((await call('GET', path)).body.userId).toBe('a/b c?');
});
describe('an Idempotency-Key', () => {
  const key = (name: string) => ({ headers: { 'idempotency-key': name } });

  test('gives the first answer again, without storing it', async () => {
    const userId = newUser();
    const set = await newSet(userId, {}, key('set'));
    const again = await call('POST', '/consentSet', {
      body: { userId, policy: 'global', consents: granted(GIVEN) },
      ...key('set'),
    });
    expect([again.status, again.body]).toEqual([201, set]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const first = await revoke(set, set.consents[0].consentId, key('revoke'));
    const replay = await revoke(set, set.consents[0].consentId, key('revoke'));
    expect([replay.status, replay.body]).toEqual([200, first.body]);
    const kept = await collections(service.ctx).idempotency.find({}).toArray();
    expect(JSON.stringify(kept)).not.toContain(userId);
  });

  test('means a different call in each region', async () => {
    const userId = newUser();
    const here = await newSet(userId, {}, key('region'));
    const there = await newSet(
      userId,
      {},
      { headers: { ...key('region').headers, 'x-us-env': 'true' } },
    );
    expect(there.consentSetId).not.toBe(here.consentSetId);
  });
});

test('makes links from PUBLIC_URL where it is set', async () => {
  const behind = await openScene({ PUBLIC_URL: 'https://rescind.example/base/' });
  try {
    const set = await behind.newSet();
    const { body } = await behind.revoke(set, set.consents[0].consentId as string);
    expect(body._links.consentSet.href).toBe(
      `https://rescind.example/base/v2/consent/consentSet/${String(set.consentSetId)}`,
    );
  } finally {
    await behind.service.close();
  }
});
