import { createToken } from '../../../src/core/credentials/create-token';
import { revokeToken } from '../../../src/core/credentials/revoke-token';
import { updateCompany } from '../../../src/core/companies/update-company';
import { hashSecret } from '../../../src/lib/random-ids';
import { isAllowed } from '../../../src/core/credentials/authenticate';
import { collections } from '../../helpers/collections';
import {
  CALLER,
  CONSENT,
  makeCertificate,
  makeCompany,
  type TestCompany,
} from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';

let service: Service;
let company: TestCompany;

beforeAll(async () => {
  service = await startService(testConfig({ TRUST_PROXY: '1' }));
});
afterAll(() => service.close());
beforeEach(async () => {
  company = await makeCompany(service.ctx);
});

const by = () => ({ ctx: service.ctx, companyId: company.id, caller: CALLER });
const wallet = (token: string, ip = '203.0.113.1') =>
  service.get('/wallet', { token, headers: { 'x-forwarded-for': ip } });

test('gives tokens a known prefix and stores only their hash', async () => {
  expect(company.token).toMatch(/^rescind_tok_[\w-]{43}$/);
  const hash = hashSecret(company.token);
  const stored = await service.ctx.store.credentials.tokensByHash([hash]);
  expect(stored).toHaveLength(1);
  expect(JSON.stringify(stored)).not.toContain(company.token);
});

test('refuses a revoked token on the next call', async () => {
  const { token, token_id } = await createToken({ ...by(), input: { label: 'short-lived' } });
  expect((await wallet(token)).status).toBe(200);
  await revokeToken({ ...by(), tokenId: token_id });
  expect((await wallet(token)).status).toBe(401);
});

test('refuses an expired token', async () => {
  const input = { label: 'expires', expires_at: new Date(Date.now() + 60_000) };
  const { token, token_id } = await createToken({ ...by(), input });
  expect((await wallet(token)).status).toBe(200);
  const { tokens } = collections(service.ctx);
  await tokens.updateOne({ _id: token_id }, { $set: { expires_at: new Date() } });
  expect((await wallet(token)).status).toBe(401);
});

test('shows a company nothing of another company', async () => {
  const other = await makeCompany(service.ctx);
  const { id } = await makeCertificate(service.ctx, other);
  const { token } = company;
  expect((await service.get(`/certificates/${id}`, { token })).status).toBe(404);
  expect((await service.post(`/certificates/${id}/revoke`, {}, { token })).status).toBe(404);
  expect((await service.get('/certificates', { token })).body.certificates).toEqual([]);
  const audit = await service.get(`/audit?certificate_id=${id}`, { token });
  expect(audit.body.entries).toEqual([]);
});

test('refuses a service that is not provisioned', async () => {
  await updateCompany({ ...by(), input: { services: ['baanx'] } });
  const reply = await wallet(company.token);
  expect(reply.status).toBe(403);
  expect(reply.body.error).toContain('not provisioned');
});

test("holds every authenticated call to the company's allowlist", async () => {
  await updateCompany({ ...by(), input: { ip_allowlist: ['203.0.113.0/28', '2001:db8::/48'] } });
  const { id } = await makeCertificate(service.ctx, company);
  expect((await wallet(company.token, '203.0.113.9')).status).toBe(200);
  expect((await wallet(company.token, '2001:db8::17')).status).toBe(200);
  expect((await wallet(company.token, '203.0.113.99')).status).toBe(403);
  const check = await service.post(
    '/verify/match',
    { ...company.ids, certificate_id: id, consent: CONSENT },
    { headers: { 'x-forwarded-for': '198.51.100.1' } },
  );
  expect(check.status).toBe(403);
  // Consumers are not callers of the company: opt-outs are not held to its list.
  const optOut = await service.post(
    '/opt-out',
    { company_id: company.id, certificate_id: id },
    { headers: { 'x-forwarded-for': '198.51.100.1' } },
  );
  expect(optOut.body.revoked).toBe(1);
});

test.each([
  [[], '203.0.113.1', true],
  [['203.0.113.1'], '203.0.113.1', true],
  [['203.0.113.1'], '203.0.113.2', false],
  [['10.0.0.0/8'], '::ffff:10.1.2.3', true],
  [['::1'], '::1', true],
  [['0.0.0.0/0'], '2001:db8::1', false],
  [['10.0.0.0/8'], 'not an ip', false],
])('allowlist %j, caller %s: %s', (allowlist, ip, allowed) => {
  expect(isAllowed(allowlist, ip)).toBe(allowed);
});

test('names the token and IP of a change in the audit, and who made a check in the ledger', async () => {
  const { token } = company;
  const headers = { 'x-forwarded-for': '203.0.113.5' };
  const captured = await service.post(
    '/certificates',
    {
      property_id: company.propertyId,
      session_id: 'who-did-it',
      origin: 'https://example.com',
      consents: [{ type: 'tcpa', text: CONSENT }],
    },
    { token, headers },
  );
  const certificate_id = captured.body.certificate_id as string;
  const audit = await service.get(`/audit?certificate_id=${certificate_id}`, { token });
  expect(audit.body.entries).toEqual([
    expect.objectContaining({
      action: 'certificate.created',
      actor: expect.stringMatching(/^token:tok_/),
      ip: '203.0.113.5',
      certificates: [certificate_id],
    }),
  ]);
  const body = { ...company.ids, certificate_id, consent: CONSENT };
  await service.post('/verify/match', body, { headers });
  const { entries } = (await service.get('/wallet/entries?limit=1', { token })).body;
  expect(entries[0]).toMatchObject({
    kind: 'check_match',
    amount_microusd: -15_000,
    certificate_id,
    actor: expect.stringMatching(/^property:ppt_/),
    ip: '203.0.113.5',
  });
  // The property id is a password, and stays out of both.
  expect(JSON.stringify([entries, audit.body])).not.toContain(company.propertyId);
});

test('pages the audit log newest first, within its time window', async () => {
  for (const label of ['a', 'b', 'c']) await createToken({ ...by(), input: { label } });
  const seen: { entry_id: string; at: string }[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const more: string = cursor && `&cursor=${cursor}`;
    const page = await service.get(`/audit?action=token.created&limit=2${more}`, company);
    seen.push(...page.body.entries);
    cursor = page.body.next_cursor as string | null;
  }
  expect(new Set(seen.map(({ entry_id }) => entry_id)).size).toBe(4);
  expect(seen.map(({ at }) => at)).toEqual(
    seen
      .map(({ at }) => at)
      .sort()
      .reverse(),
  );
  const before = await service.get(`/audit?to=${seen[3]!.at}`, company);
  expect(before.body.entries.every((entry: { at: string }) => entry.at < seen[3]!.at)).toBe(true);
});
