import { recordAccess } from '../../../src/core/security-log/record-access';
import { revokeToken } from '../../../src/core/credentials/revoke-token';
import { AccessCounts, MAX_LINES_PER_HOUR } from '../../../src/telemetry/access-counts';
import { makeUser } from '../../core/users/scene';
import { database } from '../../helpers/collections';
import {
  CALLER,
  CONSENT,
  makeCertificate,
  makeCompany,
  type TestCompany,
} from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';
import { openBrowser, signedInBrowser } from '../dashboard/scriptless-browser';

let service: Service;
let company: TestCompany;
beforeAll(async () => {
  service = await startService(testConfig({ TRUST_PROXY: '1' }));
});
afterAll(() => service.close());
beforeEach(async () => {
  company = await makeCompany(service.ctx);
});

const from = (address: string) => ({ 'x-forwarded-for': address });

/** The security log after what has been counted is written. */
async function log(query = '', of = company) {
  await recordAccess(service);
  const { body } = await service.get(`/security-log${query}`, { token: of.token });
  return body.entries as Record<string, unknown>[];
}
const brief = (lines: Record<string, unknown>[]) =>
  lines.map(({ event, credential, ip, count }) => [
    event,
    String(credential).split(':')[0],
    ip,
    count,
  ]);

test('counts calls and refusals per credential and IP, by the hour', async () => {
  const { id } = await makeCertificate(service.ctx, company);
  const match = (body: object, address: string) =>
    service.post(
      '/verify/match',
      { certificate_id: id, consent: CONSENT, ...body },
      { headers: from(address) },
    );
  await match(company.ids, '198.51.1.1');
  await match(company.ids, '198.51.1.1');
  await match({ ...company.ids, property_id: 'guessed' }, '198.51.1.2');
  await service.get('/wallet', { token: company.token, headers: from('198.51.1.3') });
  await service.post(`/certificates/${id}/revoke`, {}, { token: company.token });
  expect((await match(company.ids, '198.51.1.1')).status).toBe(403);
  const lines = await log();
  expect(brief(lines).sort()).toEqual(
    [
      ['served', 'property', '198.51.1.1', 2],
      ['forbidden', 'property', '198.51.1.1', 1],
      ['new_ip', 'property', '198.51.1.1', 1],
      ['unauthenticated', 'null', '198.51.1.2', 1],
      ['served', 'token', '198.51.1.3', 1],
      ['new_ip', 'token', '198.51.1.3', 1],
      ['served', 'token', '127.0.0.1', 1],
      ['new_ip', 'token', '127.0.0.1', 1],
    ].sort(),
  );
  for (const { at, last_at } of lines) {
    expect(at).toMatch(/:00:00\.000Z$/);
    expect(Date.now() - Date.parse(last_at as string)).toBeLessThan(60_000);
  }
  // Not again: the IP is known now.
  await service.get('/wallet', { token: company.token, headers: from('198.51.1.3') });
  expect(brief(await log('?event=new_ip'))).toHaveLength(3);
});

test('tells of a revoked token, of limits, and of no other company', async () => {
  const other = await makeCompany(service.ctx, { settings: { limits: { account_per_day: 1 } } });
  const tokens = await service.ctx.store.credentials.listTokens(company.id);
  await revokeToken({
    ctx: service.ctx,
    companyId: company.id,
    tokenId: tokens[0]!._id,
    caller: CALLER,
  });
  const status = async (token: string) => (await service.get('/wallet', { token })).status;
  expect([await status(company.token), await status(other.token)]).toEqual([401, 200]);
  expect(await status(other.token)).toBe(429);
  await recordAccess(service);
  const { items } = await service.ctx.store.securityLog.list(company.id, {}, { limit: 10 });
  expect(items).toMatchObject([
    { event: 'unauthenticated', credential: `token:${tokens[0]!._id}`, count: 1 },
  ]);
  const its = await service.ctx.store.securityLog.list(other.id, {}, { limit: 10 });
  expect(its.items.map(({ event }) => event).sort()).toEqual(['limited', 'new_ip', 'served']);
});

test('counts failed sign-ins, and shows all under Access on the audit page', async () => {
  const user = await makeUser(service.ctx, company);
  const stranger = openBrowser(service);
  await stranger.get('/dashboard/login');
  await stranger.post('/dashboard/login', { email: user.email, password: 'wrong' });
  await stranger.post('/dashboard/login', { email: 'nobody@x.example', password: 'wrong' });
  expect(brief(await log('?event=sign_in_failed'))).toEqual([
    ['sign_in_failed', 'user', '127.0.0.1', 1],
  ]);
  const browser = await signedInBrowser(service, company);
  const { html } = await browser.get('/dashboard/audit/access');
  expect(html).toContain('<h1>Access</h1>');
  expect(html).toMatch(/Sign-in failed<\/th><td>.*<td class="flex">[^<]*@/);
});

test('an attacker fills no more than an hour has room for, and delays nobody', () => {
  const counts = new AccessCounts(() => 0);
  const refused = (n: number) =>
    counts.count({
      companyId: 'c',
      event: 'unauthenticated',
      credential: null,
      ip: `2001:db8::${n.toString(16)}`,
    });
  for (let n = 0; n < 3 * MAX_LINES_PER_HOUR; n++) refused(n);
  const first = counts.take().lines;
  expect(first).toHaveLength(MAX_LINES_PER_HOUR + 1);
  expect(first.at(-1)).toMatchObject({ ip: null, count: 2 * MAX_LINES_PER_HOUR });
  // Nor by coming back after the counts were written.
  for (let n = 0; n < 100; n++) refused(10_000 + n);
  expect(counts.take().lines).toMatchObject([{ ip: null, count: 100 }]);
});

test('is gone after 90 days', async () => {
  const ttl = async (name: string) => {
    const indexes = await database(service.ctx).collection(name).indexes();
    return indexes.find(({ expireAfterSeconds }) => expireAfterSeconds)?.expireAfterSeconds;
  };
  expect([await ttl('access_lines'), await ttl('credential_ips')]).toEqual([7_776_000, 7_776_000]);
});
