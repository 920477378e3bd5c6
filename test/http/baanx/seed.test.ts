import { openScene, type BaanxScene } from './scene';

let scene: BaanxScene;

beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.service.close());

interface Set {
  consentSetId: string;
  consents: { consentId: string; consentType: string; consentStatus: string; createdAt: string }[];
}

/** The document's own functions, unchanged except for the base URL and the keys. */
async function revokeConsent(consentSetId: string, consentId: string) {
  const response = await fetch(
    `${scene.service.url}/v2/consent/consentSet/${consentSetId}/consent/${consentId}`,
    { method: 'DELETE', headers: scene.company.baanx },
  );
  if (!response.ok) {
    const error = (await response.json()) as { details: string[] };
    throw new Error(`Revocation failed: ${error.details.join(', ')}`);
  }
  return response.json() as Promise<{ consentType: string; consentId: string }>;
}

async function getUserConsentStatus(userId: string) {
  const url = `${scene.service.url}/v2/consent/user/${userId}?includeConsents=true`;
  const response = await fetch(url, { headers: scene.company.baanx });
  return response.json() as Promise<{ status: string; consentSets: Set[] }>;
}

async function getConsentAudit(userId: string, limit: number, offset: number) {
  const query = `limit=${String(limit)}&offset=${String(offset)}`;
  const url = `${scene.service.url}/v2/consent/user/${userId}/audit?${query}`;
  const response = await fetch(url, { headers: scene.company.baanx });
  return response.json() as Promise<{ total: number; entries: unknown[] }>;
}

async function revokeConsentByType(userId: string, consentType: string) {
  const { consentSets } = await getUserConsentStatus(userId);
  const consentSet = consentSets[0]!;

  const targetConsent = consentSet.consents.find(
    (c) => c.consentType === consentType && c.consentStatus === 'granted',
  );

  if (!targetConsent) {
    throw new Error(`No granted consent found for type: ${consentType}`);
  }

  return await revokeConsent(consentSet.consentSetId, targetConsent.consentId);
}

async function initiateAccountDeletion(userId: string) {
  const { consentSets } = await getUserConsentStatus(userId);

  for (const consentSet of consentSets) {
    for (const consent of consentSet.consents) {
      if (consent.consentStatus === 'granted') {
        await revokeConsent(consentSet.consentSetId, consent.consentId);
      }
    }
  }

  return getConsentAudit(userId, 1000, 0);
}

async function revokeOutdatedConsents(userId: string, cutoffDate: string) {
  const { consentSets } = await getUserConsentStatus(userId);
  const [newest] = consentSets;

  const outdatedConsents = newest!.consents.filter(
    (c) => c.createdAt < cutoffDate && c.consentStatus === 'granted',
  );

  for (const consent of outdatedConsents) {
    await revokeConsent(newest!.consentSetId, consent.consentId);
  }

  return { revoked: outdatedConsents.length };
}

async function safeRevokeConsent(consentSetId: string, consentId: string) {
  const { body } = await scene.call('GET', `/consentSet/${consentSetId}`);
  const consent = (body as Set).consents.find((c) => c.consentId === consentId);

  if (!consent) {
    throw new Error('Consent not found');
  }

  if (consent.consentStatus === 'revoked') {
    return consent;
  }

  return await revokeConsent(consentSetId, consentId);
}

test('revokes by type, and finds none granted afterwards', async () => {
  const { userId } = await scene.newSet();
  const result = await revokeConsentByType(userId, 'marketingNotifications');
  expect(result.consentType).toBe('marketingNotifications');
  await expect(revokeConsentByType(userId, 'marketingNotifications')).rejects.toThrow(
    'No granted consent found for type: marketingNotifications',
  );
  expect((await getUserConsentStatus(userId)).status).toBe('complete');
});

test('revokes everything in a loop that ends', async () => {
  const { userId } = await scene.newSet();
  await scene.newSet(userId);
  const audit = await initiateAccountDeletion(userId);
  expect([audit.total, audit.entries.length]).toEqual([12, 12]);
  const again = await initiateAccountDeletion(userId);
  expect(again.total).toBe(12);
  expect((await getUserConsentStatus(userId)).status).toBe('incomplete');
});

test('revokes what is outdated', async () => {
  const set = await scene.newSet();
  const after = new Date(Date.parse(set.consents[0].createdAt as string) + 1).toISOString();
  expect(await revokeOutdatedConsents(set.userId as string, '2020-01-01T00:00:00Z')).toEqual({
    revoked: 0,
  });
  expect(await revokeOutdatedConsents(set.userId as string, after)).toEqual({ revoked: 3 });
  expect(await revokeOutdatedConsents(set.userId as string, after)).toEqual({ revoked: 0 });
});

test('sees by the original id that it is already revoked', async () => {
  const set = await scene.newSet();
  const [{ consentId }] = set.consents;
  const first = await safeRevokeConsent(set.consentSetId as string, consentId as string);
  expect(first.consentId).not.toBe(consentId);
  const again = await safeRevokeConsent(set.consentSetId as string, consentId as string);
  expect(again).toMatchObject({ consentId, consentStatus: 'revoked' });
  await expect(revokeConsent(set.consentSetId as string, consentId as string)).rejects.toThrow(
    `Revocation failed: Consent with ID '${String(consentId)}' not found in consent set`,
  );
});
