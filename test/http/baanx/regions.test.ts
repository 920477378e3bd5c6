import { openScene, type BaanxScene } from './scene';
import { collections } from '../../helpers/collections';

let scene: BaanxScene;
let { service, company, call, newUser, newSet, revoke, stored } = {} as BaanxScene;

beforeAll(async () => {
  scene = await openScene();
  ({ service, company, call, newUser, newSet, revoke, stored } = scene);
});
afterAll(() => scene.service.close());

describe('regions', () => {
  const us = { headers: { 'x-us-env': 'true' } };

  test('show nothing of each other', async () => {
    const userId = newUser();
    const set = await newSet(userId, {}, us);
    const { consentId } = set.consents[0];
    expect((await call('GET', `/consentSet/${set.consentSetId}`, us)).body).toEqual(set);
    for (const path of [
      `/consentSet/${set.consentSetId}`,
      `/user/${userId}`,
      `/user/${userId}/audit`,
    ]) {
      expect((await call('GET', path)).status).toBe(404);
      expect((await call('GET', path, { headers: { 'x-us-env': 'false' } })).status).toBe(404);
    }
    expect((await revoke(set, consentId)).status).toBe(404);
    expect(
      (await call('POST', `/user/${userId}/revocations`, { body: { all: true } })).status,
    ).toBe(404);
    expect((await revoke(set, consentId, us)).status).toBe(200);
    expect((await call('GET', `/user/${userId}`, us)).body.status).toBe('incomplete');
  });

  test('keep records, revocations and audit each in their own database', async () => {
    const set = await newSet(newUser(), {}, us);
    const { consentId } = set.consents[0];
    const { body } = await revoke(set, consentId, us);
    const { regions } = service.ctx.store;
    expect(await stored(consentId, 'us')).toContain(consentId);
    expect(await stored(body.consentId, 'us')).toContain(consentId);
    expect(await stored(consentId)).toBe('null');
    const named = { consent_id: consentId };
    const actions = async (region: 'default' | 'us') =>
      (await regions[region].audit.list(company.id, named, { limit: 10 })).items.map(
        (e) => e.action,
      );
    expect(await actions('us')).toEqual(['consent.revoked', 'consent.created']);
    expect(await actions('default')).toEqual([]);
    const requests = { consent_ids: consentId };
    expect(await collections(service.ctx, 'us').consentRevocations.countDocuments(requests)).toBe(
      1,
    );
    expect(await collections(service.ctx).consentRevocations.countDocuments(requests)).toBe(0);
  });

  test('are not guessed when the header has a typo', async () => {
    const { status, body } = await call('GET', '/user/u', { headers: { 'x-us-env': 'yes' } });
    expect([status, body.details]).toEqual([400, ['x-us-env must be true or false']]);
  });
});
