import { createToken } from '../../../src/core/credentials/create-token';
import { isPassword } from '../../../src/core/users/password-hash';
import { AppError } from '../../../src/errors';
import { hashSecret } from '../../../src/lib/random-ids';
import type { AuditAction } from '../../../src/store/audit-actions';
import { collections, database } from '../../helpers/collections';
import { CALLER, CONSENT, makeCertificate } from '../../helpers/company';
import { operatorClient, wrongFields as paths } from '../../helpers/operator';
import { type Service, startService } from '../../helpers/service';

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
/** Everything in the database, as text. */
const dump = async () => {
  const kept = await database(service.ctx).collections();
  const all = await Promise.all(kept.map((collection) => collection.find().toArray()));
  return JSON.stringify(all);
};

describe('properties', () => {
  test('get an unguessable id, which is a credential from then on', async () => {
    const body = { name: 'Site', domain: 'example.com' };
    const reply = await operator('POST', `${base}/properties`, body);
    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject({ ...body, company_id: companyId });
    expect(reply.body.property_id).toMatch(/^prop-[0-9a-f]{32,}$/);
    const company = { id: companyId, propertyId: reply.body.property_id, token: '' };
    const ids = { company_id: companyId, property_id: reply.body.property_id as string };
    const certificate = await makeCertificate(service.ctx, { ...company, ids });
    const check = { ...ids, certificate_id: certificate.id, consent: CONSENT };
    // The credentials are right; there is no money yet.
    expect((await service.post('/verify/match', check)).status).toBe(402);
    await operator('PATCH', base, { body_credentials_enabled: false });
    expect((await service.post('/verify/match', check)).status).toBe(401);
    expect(await countAudit('property.created')).toBe(1);
  });

  test('can be given an id, once per company', async () => {
    const body = { name: 'Site', domain: 'example.com', property_id: 'prop-given' };
    expect((await operator('POST', `${base}/properties`, body)).status).toBe(201);
    expect((await operator('POST', `${base}/properties`, body)).status).toBe(409);
    const other = await operator('POST', '/companies', { name: 'Other' });
    const elsewhere = `/companies/${other.body.company_id}/properties`;
    expect((await operator('POST', elsewhere, body)).status).toBe(201);
    expect(await countAudit('property.created')).toBe(1);
  });

  test('are refused for wrong bodies and unknown companies', async () => {
    const reply = await operator('POST', `${base}/properties`, { name: '', domain: 'a b' });
    expect(reply.status).toBe(400);
    expect(paths(reply)).toEqual(['name', 'domain']);
    const body = { name: 'Site', domain: 'example.com' };
    expect((await operator('POST', '/companies/nobody/properties', body)).status).toBe(404);
  });

  test('are added once under one Idempotency-Key', async () => {
    const body = { name: 'Site', domain: 'example.com' };
    const key = { 'idempotency-key': 'property' };
    const first = await operator('POST', `${base}/properties`, body, key);
    const again = await operator('POST', `${base}/properties`, body, key);
    expect(again.body).toEqual(first.body);
    expect(await countAudit('property.created')).toBe(1);
  });
});

describe('tokens', () => {
  test('show the secret once, are stored as a hash, and work until revoked', async () => {
    const reply = await operator('POST', `${base}/tokens`, { label: 'CRM' });
    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject({ label: 'CRM', expires_at: null });
    const { token, token_id } = reply.body;
    expect(token).toMatch(/^rescind_tok_[\w-]{43}$/);
    const stored = await dump();
    expect(stored).not.toContain(token);
    expect(stored).toContain(hashSecret(token));
    expect((await service.get('/wallet', { token })).status).toBe(200);

    expect((await operator('DELETE', `${base}/tokens/${token_id}`)).status).toBe(204);
    expect((await service.get('/wallet', { token })).status).toBe(401);
    expect((await operator('DELETE', `${base}/tokens/${token_id}`)).status).toBe(404);
    expect(await countAudit('token.created')).toBe(1);
    expect(await countAudit('token.revoked')).toBe(1);
  });

  test('expire when they were asked to', async () => {
    const expires_at = new Date(Date.now() + 3_600_000).toISOString();
    const reply = await operator('POST', `${base}/tokens`, { label: 'x', expires_at });
    expect(reply.status).toBe(201);
    expect(reply.body.expires_at).toBe(expires_at);
    const past = { label: 'x', expires_at: new Date(Date.now() - 1).toISOString() };
    expect(paths(await operator('POST', `${base}/tokens`, past))).toEqual(['expires_at']);
    const wrong = { label: 'x', expires_at: 'tomorrow' };
    expect(paths(await operator('POST', `${base}/tokens`, wrong))).toEqual(['expires_at']);
    expect(paths(await operator('POST', `${base}/tokens`, {}))).toEqual(['label']);
  });

  test('are created once under one Idempotency-Key, and the secret is never replayed', async () => {
    const key = { 'idempotency-key': 'token' };
    const first = await operator('POST', `${base}/tokens`, { label: 'x' }, key);
    const again = await operator('POST', `${base}/tokens`, { label: 'x' }, key);
    expect(again.status).toBe(201);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const { token, ...rest } = first.body;
    expect(again.body).toEqual(rest);
    expect(await dump()).not.toContain(token);
    expect(await countAudit('token.created')).toBe(1);
  });

  test('are created once when one key is used many times simultaneously', async () => {
    const key = { 'idempotency-key': 'token-race' };
    const replies = await Promise.all(
      Array.from({ length: 10 }, () => operator('POST', `${base}/tokens`, { label: 'x' }, key)),
    );
    expect(replies.filter((reply) => reply.body.token !== undefined)).toHaveLength(1);
    expect(await countAudit('token.created')).toBe(1);
  });

  test('are not created when the answer for the Idempotency-Key cannot be stored', async () => {
    const made = createToken({
      ctx: service.ctx,
      companyId,
      caller: CALLER,
      input: { label: 'a label of its own' },
      completion: () => Promise.reject(new AppError('unavailable')),
    });
    await expect(made).rejects.toMatchObject({ code: 'unavailable' });
    expect(await countAudit('token.created')).toBe(0);
    expect(await dump()).not.toContain('a label of its own');
  });

  test('of another company get a 404, and keep working', async () => {
    const other = await operator('POST', '/companies', { name: 'Other' });
    const elsewhere = `/companies/${other.body.company_id}/tokens`;
    const { body } = await operator('POST', elsewhere, { label: 'x' });
    expect((await operator('DELETE', `${base}/tokens/${body.token_id}`)).status).toBe(404);
    expect((await service.get('/wallet', { token: body.token })).status).toBe(200);
    expect((await operator('DELETE', `/companies/nobody/tokens/x`)).status).toBe(404);
    expect((await operator('POST', '/companies/nobody/tokens', { label: 'x' })).status).toBe(404);
  });

  test('are revoked once under one Idempotency-Key, with the same answer', async () => {
    const { body } = await operator('POST', `${base}/tokens`, { label: 'x' });
    const revoke = () =>
      operator('DELETE', `${base}/tokens/${body.token_id}`, undefined, {
        'idempotency-key': 'revoke',
      });
    expect((await revoke()).status).toBe(204);
    const again = await revoke();
    expect(again.status).toBe(204);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
  });
});

describe('key pairs', () => {
  test('show the secret once and are stored as a hash', async () => {
    const key = { 'idempotency-key': 'api-key' };
    const first = await operator('POST', `${base}/api-keys`, undefined, key);
    expect(first.status).toBe(201);
    const { secret_key, ...rest } = first.body;
    expect(secret_key.length).toBeGreaterThan(40);
    expect(rest.client_key).not.toContain(':');
    expect(await dump()).not.toContain(secret_key);
    const again = await operator('POST', `${base}/api-keys`, undefined, key);
    expect(again.body).toEqual(rest);
    expect(await countAudit('api_key.created')).toBe(1);
    expect((await operator('POST', '/companies/nobody/api-keys')).status).toBe(404);
    expect((await operator('POST', `${base}/api-keys`, {})).status).toBe(201);
  });
});

describe('users', () => {
  const password = 'correct horse battery';

  test('are added with the password as a scrypt hash', async () => {
    const user = { email: ` Ann.${companyId}@Example.com`, password, role: 'admin' };
    const reply = await operator('POST', `${base}/users`, user);
    expect(reply.status).toBe(201);
    const email = user.email.trim().toLowerCase();
    expect(reply.body).toEqual({
      user_id: expect.stringMatching(/^usr_/),
      email,
      role: 'admin',
      two_step_enabled: false,
      created_at: expect.any(String),
    });
    const stored = await dump();
    expect(stored).not.toContain(password);
    const hash = /scrypt\$\d+\$\d+\$\d+\$[\w-]{22}\$[\w-]{43}/.exec(stored)?.[0] ?? '';
    expect(await isPassword(password, hash)).toBe(true);
    expect(await isPassword('correct horse batterz', hash)).toBe(false);

    const again = await operator('POST', `${base}/users`, { ...user, email, role: 'viewer' });
    expect(again.status).toBe(409);
    expect(await countAudit('user.created')).toBe(1);
  });

  test('are refused for wrong bodies and unknown companies', async () => {
    const wrong = { email: 'nobody', password: '11 letters!', role: 'king' };
    const reply = await operator('POST', `${base}/users`, wrong);
    expect(reply.status).toBe(400);
    expect(paths(reply)).toEqual(['email', 'password', 'role']);
    expect(JSON.stringify(reply.body)).not.toContain(wrong.password);
    const user = { email: 'a@example.com', password, role: 'viewer' };
    expect((await operator('POST', '/companies/nobody/users', user)).status).toBe(404);
  });
});
