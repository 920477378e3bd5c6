import { openScene, type BaanxScene } from './scene';
import { collections } from '../../helpers/collections';
import { makeCompany } from '../../helpers/company';
import { growLogNow } from '../../helpers/log';
import { fetchVerifier } from '../../helpers/receipts';

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

  test('each proves what was revoked in it, and shows nothing of the other', async () => {
    const ids = new Map<string, { reference: string; consentId: string }>();
    for (const [region, options] of [['us', us] as const, ['default', {}] as const]) {
      const set = await newSet(newUser(), {}, options);
      const { consentId } = set.consents[0];
      const { headers } = await revoke(set, consentId, options);
      ids.set(region, { reference: headers.get('rescind-revocation')!, consentId });
      await growLogNow(service.ctx, region);
    }
    const { verify } = await fetchVerifier(service.url);
    const { token } = company;
    for (const [region, headers] of [['us', us.headers] as const, ['default', {}] as const]) {
      const { reference, consentId } = ids.get(region)!;
      const path = `/revocations/${reference}`;
      const request = await service.get(path, { token, headers });
      expect(request.body).toMatchObject({ reference, consents: [consentId] });
      const { status, body } = await service.get(`${path}/receipt`, { token, headers });
      expect(status).toBe(200);
      const { code, out } = await verify(body);
      expect([code, out]).toEqual([0, expect.stringMatching(/^good: consent\.revoked, .+/)]);
      expect(out).toMatch(new RegExp(`/log${region === 'us' ? '/us' : ''}, ${consentId}$`, 'm'));
      const other = region === 'us' ? {} : us.headers;
      const stranger = await makeCompany(service.ctx);
      for (const asked of [path, `${path}/receipt`]) {
        expect((await service.get(asked, { token, headers: other })).status).toBe(404);
        expect((await service.get(asked, { token: stranger.token, headers })).status).toBe(404);
        const typo = await service.get(asked, { token, headers: { 'x-us-env': 'yes' } });
        expect(typo.status).toBe(400);
      }
    }
  });

  test('what is revoked of a user at once names its requests', async () => {
    const userId = newUser();
    await newSet(userId, {}, us);
    const path = `/user/${userId}/revocations`;
    const revoking = { body: { all: true }, ...us };
    const { headers } = await call('POST', path, revoking);
    expect(headers.get('rescind-revocation')).toMatch(/^crv_\S+$/);
    expect((await call('POST', path, revoking)).headers.get('rescind-revocation')).toBeNull();
  });

  test('are not guessed when the header has a typo', async () => {
    const { status, body } = await call('GET', '/user/u', { headers: { 'x-us-env': 'yes' } });
    expect([status, body.details]).toEqual([400, ['x-us-env must be true or false']]);
  });
});
