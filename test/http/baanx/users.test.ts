import type { CallOptions } from '../../helpers/service';
import { openScene, type BaanxScene, GIVEN, granted } from './scene';

let scene: BaanxScene;
let { service, company, call, newUser, newSet, revoke } = {} as BaanxScene;

beforeAll(async () => {
  scene = await openScene();
  ({ service, company, call, newUser, newSet, revoke } = scene);
});
afterAll(() => scene.service.close());

test('lists everything recorded about a user, newest first, in pages', async () => {
  const set = await newSet();
  const [terms, , marketing] = set.consents;
  const { body: revoked } = await revoke(set, marketing.consentId);
  const path = `/user/${set.userId}/audit`;
  const { body } = await call('GET', path);
  expect(body).toMatchObject({ userId: set.userId, total: 4, limit: 50, offset: 0 });
  expect(body.entries[0]).toEqual({
    consentId: revoked.consentId,
    originalConsentId: marketing.consentId,
    consentSetId: set.consentSetId,
    consentType: 'marketingNotifications',
    consentStatus: 'revoked',
    action: 'consent.revoked',
    timestamp: revoked.revocationTimestamp,
    actor: company.actor,
    reason: null,
    ip: '127.0.0.1',
  });
  expect(body.entries[1]).toMatchObject({ consentId: terms.consentId, consentStatus: 'granted' });
  expect(body.entries[3]).toMatchObject({
    consentId: marketing.consentId,
    consentStatus: 'granted',
    action: 'consent.created',
  });
  const page = await call('GET', `${path}?limit=2&offset=1`);
  expect(page.body).toMatchObject({ total: 4, limit: 2, offset: 1 });
  expect(page.body.entries).toEqual(body.entries.slice(1, 3));
  expect((await call('GET', `${path}?limit=1000&offset=4`)).body.entries).toEqual([]);
  expect((await call('GET', `${path}?limit=0`)).status).toBe(400);
});

describe('POST /user/:userId/revocations', () => {
  const revocations = (userId: string, body: unknown, options?: CallOptions) =>
    call('POST', `/user/${userId}/revocations`, { body, ...options });
  const typesOf = (reply: { body: { consents: { consentType: string }[] } }) =>
    reply.body.consents.map(({ consentType }) => consentType);

  test('revokes by type', async () => {
    const set = await newSet();
    const reply = await revocations(set.userId, { consentType: 'termsAndPrivacy' });
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({
      userId: set.userId,
      revoked: 1,
      consents: [{ originalConsentId: set.consents[0].consentId, consentStatus: 'revoked' }],
      impact: { before: 'complete', after: 'incomplete' },
    });
    expect((await revocations(set.userId, { consentType: 'termsAndPrivacy' })).body).toMatchObject({
      revoked: 0,
      consents: [],
      impact: { before: 'incomplete', after: 'incomplete' },
    });
  });

  test('revokes everything granted, in every set', async () => {
    const userId = newUser();
    await newSet(userId);
    const denied = { consentType: 'smsNotifications', consentStatus: 'denied' };
    await newSet(userId, { consents: [...granted(['emailNotifications']), denied] });
    const reply = await revocations(userId, { all: true, reason: 'account deleted' });
    expect(typesOf(reply).sort()).toEqual([...GIVEN, 'emailNotifications'].sort());
    const { consentSets } = (await call('GET', `/user/${userId}`)).body;
    const statuses = consentSets.flatMap((set: { consents: { consentStatus: string }[] }) =>
      set.consents.map(({ consentStatus }) => consentStatus),
    );
    expect(statuses).toEqual(['revoked', 'denied', 'revoked', 'revoked', 'revoked']);
    const { entries } = await service
      .get('/audit?action=consent.revoked', company)
      .then((r) => r.body);
    expect(entries[0]).toMatchObject({
      method: 'api',
      actor: company.actor,
      reason: 'account deleted',
      certificates: [],
    });
    expect(entries[0].consents).toHaveLength(4);
  });

  test('revokes what was created before a moment', async () => {
    const userId = newUser();
    const old = await newSet(userId);
    const cutoff = new Date(Date.parse(old.consents[0].createdAt as string) + 1).toISOString();
    const late = await newSet(userId);
    const reply = await revocations(userId, { createdBefore: cutoff });
    expect(typesOf(reply)).toEqual(GIVEN);
    expect((await call('GET', `/consentSet/${late.consentSetId}`)).body).toEqual(late);
    expect((await revocations(userId, { createdBefore: '2020-01-01' })).body.revoked).toBe(0);
  });

  test.each([
    {},
    { all: false },
    { all: true, consentType: 'a' },
    { createdBefore: 'yesterday' },
    [],
  ])('refuses %j', async (body) => {
    const set = await newSet();
    expect((await revocations(set.userId, body)).status).toBe(400);
  });

  test('revokes each consent once among simultaneous calls', async () => {
    const set = await newSet();
    const replies = await Promise.all([
      ...Array.from({ length: 4 }, () => revocations(set.userId, { all: true })),
      revoke(set, set.consents[0].consentId),
    ]);
    expect(replies.map(({ status }) => status).filter((status) => status >= 500)).toEqual([]);
    const { entries } = (await call('GET', `/user/${set.userId}/audit`)).body;
    const revoked = entries.flatMap(
      (entry: { originalConsentId?: string }) => entry.originalConsentId ?? [],
    );
    expect(revoked.sort()).toEqual(
      set.consents.map(({ consentId }: { consentId: string }) => consentId).sort(),
    );
  });
});
