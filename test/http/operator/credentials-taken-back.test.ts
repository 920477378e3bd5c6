import type { AuditAction } from '../../../src/store/audit-actions';
import { collections } from '../../helpers/collections';
import { CONSENT, makeCertificate } from '../../helpers/company';
import { operatorClient, wrongFields as paths } from '../../helpers/operator';
import { type Service, startService } from '../../helpers/service';
import { basic } from '../key-pair';

let service: Service;
let companyId: string;
let base: string;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  const reply = await operator('POST', '/companies', { name: 'Example Corp' });
  companyId = reply.body.company_id;
  base = `/companies/${companyId}`;
});

const operator = operatorClient(() => service);
const countAudit = (action: AuditAction) =>
  collections(service.ctx).audit.countDocuments({ company_id: companyId, action });

describe('properties', () => {
  test('are listed without their ids, and refused everywhere once they are revoked', async () => {
    const body = { name: 'Site', domain: 'example.com' };
    const [one, two] = [
      (await operator('POST', `${base}/properties`, body)).body,
      (await operator('POST', `${base}/properties`, body)).body,
    ];
    const listed = await operator('GET', `${base}/properties`);
    expect(listed.body.properties).toHaveLength(2);
    expect(listed.body.properties[0]).toMatchObject({ ...body, property_ref: one.property_ref });
    expect(JSON.stringify(listed.body)).not.toContain(one.property_id);
    const { token } = (await operator('POST', `${base}/tokens`, { label: 'x' })).body;
    const ids = { company_id: companyId, property_id: one.property_id as string };
    const certificate = await makeCertificate(service.ctx, {
      id: companyId,
      propertyId: one.property_id,
      token,
      ids,
    });
    const info = { ...ids, certificate_id: certificate.id };
    expect((await service.post('/verify/certificate-info', info)).status).toBe(200);

    const at = `${base}/properties/${String(one.property_id)}`;
    expect((await operator('DELETE', at)).status).toBe(204);
    const check = { ...info, consent: CONSENT };
    expect((await service.post('/verify/match', check)).body.error).toBe('Property not found');
    expect((await service.post('/verify/certificate-info', info)).status).toBe(404);
    expect((await service.post('/verify/certificate-info', info, { token })).status).toBe(404);
    const { property_id } = ids;
    const capture = { property_id, session_id: 's-2', origin: 'https://example.com', consents: [] };
    expect((await service.post('/certificates', capture, { token })).status).toBe(404);
    // What it captured stays.
    const kept = await service.get(`/certificates/${certificate.id}`, { token });
    expect(kept.status).toBe(200);

    expect((await operator('DELETE', at)).status).toBe(404);
    const again = await operator('POST', `${base}/properties`, { ...body, property_id });
    expect(again.status).toBe(409);
    const byRef = `${base}/properties/${String(two.property_ref)}`;
    expect((await operator('DELETE', byRef)).status).toBe(204);
    expect((await operator('GET', `${base}/properties`)).body.properties).toEqual([]);
    expect(await countAudit('property.revoked')).toBe(2);
  });

  test('of another company, or from before they could be revoked, work as ever', async () => {
    const body = { name: 'Site', domain: 'example.com' };
    const { property_id } = (await operator('POST', `${base}/properties`, body)).body;
    await collections(service.ctx).properties.updateOne(
      { property_id },
      { $unset: { revoked_at: 1 } },
    );
    const other = (await operator('POST', '/companies', { name: 'Other' })).body.company_id;
    const at = `/companies/${String(other)}/properties`;
    expect((await operator('DELETE', `${at}/${String(property_id)}`)).status).toBe(404);
    const check = { company_id: companyId, property_id, certificate_id: 'x', consent: 'x' };
    expect((await service.post('/verify/match', check)).body.error).toBe('Certificate not found');
    expect((await operator('GET', `${base}/properties`)).body.properties).toHaveLength(1);
    expect((await operator('GET', '/companies/nobody/properties')).status).toBe(404);
  });
});

describe('tokens', () => {
  test('are listed without their secrets until they are revoked', async () => {
    const limits = { per_second: 5 };
    const made = await operator('POST', `${base}/tokens`, { label: 'CRM', limits });
    const { token, ...shown } = made.body;
    const list = () => operator('GET', `${base}/tokens`);
    expect((await list()).body).toEqual({ tokens: [{ ...shown, last_used_at: null }] });
    expect(JSON.stringify((await list()).body)).not.toMatch(new RegExp(`${token}|hash`));
    await operator('DELETE', `${base}/tokens/${String(shown.token_id)}`);
    expect((await list()).body.tokens).toEqual([]);
    expect((await operator('GET', '/companies/nobody/tokens')).status).toBe(404);
  });
});

describe('key pairs', () => {
  const calls = (made: { client_key: string; secret_key: string }) => [
    service.get('/api/v3/public/consent/none', {
      headers: { authorization: basic(made.client_key, made.secret_key) },
    }),
    service.get('/v2/consent/user/u-1', {
      headers: { 'x-client-key': made.client_key, 'x-secret-key': made.secret_key },
    }),
  ];
  const statuses = async (made: { client_key: string; secret_key: string }) =>
    (await Promise.all(calls(made))).map(({ status }) => status);

  test('are listed without their secret, and fail on the next call once revoked', async () => {
    const { body } = await operator('POST', `${base}/api-keys`, { label: 'CRM' });
    const { secret_key, ...shown } = body;
    expect(shown).toMatchObject({ label: 'CRM', expires_at: null });
    const listed = await operator('GET', `${base}/api-keys`);
    expect(listed.body).toEqual({ api_keys: [shown] });
    expect(JSON.stringify(listed.body)).not.toContain(secret_key);
    const served = await statuses(body);
    expect(served).toEqual([403, 404]);
    const at = `/api-keys/${String(shown.client_key)}`;
    const other = (await operator('POST', '/companies', { name: 'Other' })).body.company_id;
    expect((await operator('DELETE', `/companies/${String(other)}${at}`)).status).toBe(404);
    expect(await statuses(body)).toEqual(served);
    expect((await operator('DELETE', base + at)).status).toBe(204);
    expect(await statuses(body)).toEqual([401, 498]);
    expect((await operator('DELETE', base + at)).status).toBe(404);
    expect((await operator('GET', `${base}/api-keys`)).body.api_keys).toEqual([]);
    expect(await countAudit('api_key.revoked')).toBe(1);
    expect((await operator('GET', '/companies/nobody/api-keys')).status).toBe(404);
  });

  test('expire when they were asked to; older ones never do', async () => {
    const expires_at = new Date(Date.now() + 3_600_000).toISOString();
    const { body } = await operator('POST', `${base}/api-keys`, { expires_at });
    expect(body.expires_at).toBe(expires_at);
    expect(await statuses(body)).toEqual([403, 404]);
    const apiKeys = collections(service.ctx).apiKeys;
    const { client_key } = body;
    await apiKeys.updateOne({ client_key }, { $set: { expires_at: new Date() } });
    expect(await statuses(body)).toEqual([401, 498]);
    const older = { expires_at: 1, revoked_at: 1, label: 1 } as const;
    await apiKeys.updateOne({ client_key }, { $unset: older });
    expect(await statuses(body)).toEqual([403, 404]);
    const past = { expires_at: new Date(Date.now() - 1).toISOString() };
    expect(paths(await operator('POST', `${base}/api-keys`, past))).toEqual(['expires_at']);
  });
});
