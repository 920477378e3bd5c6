import { updateCompany } from '../../../src/core/companies/update-company';
import { revokeByIdentifiers } from '../../../src/core/revocations/revoke-by-identifiers';
import { revokeCertificate } from '../../../src/core/revocations/revoke-certificate';
import type { Channel } from '../../../src/store/certificates';
import { makeUser, PASSWORD } from '../../core/users/scene';
import { CALLER, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { openBrowser, signedInBrowser } from './scriptless-browser';

let service: Service;
let company: TestCompany;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  company = await makeCompany(service.ctx);
});

const PAGES = [
  '/certificates',
  '/revocations',
  '/wallet',
  '/audit',
  '/properties',
  '/settings',
  '/settings/integrations',
  '/settings/webhooks',
  '/settings/webhooks/deliveries',
  '/settings/people',
  '/settings/account',
].map((path) => `/dashboard${path}`);
const flag = async (id: string) =>
  (await service.ctx.store.certificates.find(company.id, id))?.opt_out.revoke;

describe('every page', () => {
  test('asks people to sign in first, and is where they get to afterwards', async () => {
    const browser = openBrowser(service);
    for (const path of PAGES) {
      const answer = await browser.get(path);
      expect(answer).toMatchObject({
        status: 303,
        location: `/dashboard/login?next=${encodeURIComponent(path)}`,
      });
    }
    for (const path of ['/dashboard/audit.csv', '/dashboard/revocations/bat_x/errors.csv']) {
      expect(await browser.get(path)).toMatchObject({ status: 303, location: '/dashboard/login' });
    }
    const { email } = await makeUser(service.ctx, company);
    const wanted = '/dashboard/audit?action=user.signed_in';
    const next = /next=([^&]+)/.exec((await browser.get(wanted)).location ?? '')?.[1] ?? '';
    const login = { email, password: PASSWORD, next: decodeURIComponent(next) };
    expect((await browser.post('/dashboard/login', login)).location).toBe(wanted);
    expect((await browser.get(wanted)).html).toContain('user.signed_in');
  });

  test('is, like every file, for the addresses of the company only', async () => {
    const browser = await signedInBrowser(service, company);
    const files = ['/dashboard/audit.csv', '/dashboard/revocations/bat_x/errors.csv'];
    expect((await browser.get('/dashboard/audit.csv')).status).toBe(200);
    const input = { ip_allowlist: ['203.0.113.0/28'] };
    await updateCompany({ ctx: service.ctx, companyId: company.id, caller: CALLER, input });
    for (const path of [...PAGES, ...files]) {
      const { status, html, location } = await browser.get(path);
      expect([path, status, location]).toEqual([path, 403, null]);
      expect(html).not.toContain('user.signed_in');
    }
  });

  test('is shown, to viewers too, uncached, never in a frame, with nothing inline', async () => {
    const browsers = [
      await signedInBrowser(service, company),
      await signedInBrowser(service, company, 'viewer'),
    ];
    await makeCertificate(service.ctx, company);
    for (const browser of browsers) {
      for (const path of PAGES) {
        const { status, received, html } = await browser.get(path);
        expect([path, status]).toEqual([path, 200]);
        expect(received.get('x-frame-options')).toBe('DENY');
        expect(received.get('cache-control')).toBe('no-store');
        expect(received.get('content-security-policy')).toContain("frame-ancestors 'none'");
        expect(html).not.toMatch(/<script(?! src=)|<style| style=| on\w+=|undefined|\[object/);
      }
    }
  });

  test('answers 404 for what does not exist or is another company’s', async () => {
    const stranger = await makeCompany(service.ctx);
    const other = await makeCertificate(service.ctx, stranger);
    const [token] = await service.ctx.store.credentials.listTokens(stranger.id);
    const browser = await signedInBrowser(service, company);
    for (const path of [
      '/nothing',
      `/certificates/${other.id}`,
      `/certificates/${other.id}/revoke`,
      '/revocations/bat_nothing',
      '/properties/ppt_nothing',
      '/settings/people/usr_nothing/remove',
    ]) {
      expect((await browser.get(`/dashboard${path}`)).status).toBe(404);
    }
    const { status } = await browser.post(`/dashboard/certificates/${other.id}/revoke`, {});
    expect(status).toBe(404);
    await browser.post(`/dashboard/settings/integrations/${token!._id}/revoke`, {});
    expect(await service.ctx.store.credentials.listTokens(stranger.id)).toHaveLength(1);
  });
});

test('what was opted out of by channel is told wherever the certificate is shown', async () => {
  const { ctx } = service;
  const certificateId = (await makeCertificate(ctx, company, { email: 'jo@example.com' })).id;
  const optOut = async (channels: Channel[]) => {
    const identifiers = { email: 'jo@example.com' };
    const by = { companyId: company.id, method: 'api' as const, caller: CALLER };
    return (await revokeByIdentifiers({ ctx, ...by, identifiers, channels })).revocation_id!;
  };
  const browser = await signedInBrowser(service, company);
  const page = async (path: string) => (await browser.get(`/dashboard/${path}`)).html;
  const some = await optOut(['email', 'call']);
  for (const path of [
    `certificates/${certificateId}`,
    'certificates',
    'certificates?status=active',
  ])
    expect(await page(path)).toContain('badge warn">Opted out of calls and emails<');
  expect(await page(`certificates/${certificateId}`)).toMatch(
    /<li>Opted out of calls and emails: API</,
  );
  expect(await page(`revocations/reference/${some}`)).toContain(
    '<dt>Opts out of</dt><dd>calls and emails</dd>',
  );
  const last = await optOut(['text']);
  const revoked = await page(`certificates/${certificateId}`);
  expect(revoked).toContain('badge bad">Revoked<');
  expect(revoked).toMatch(
    /<li>Opted out of calls and emails: API<[^]*<li class="bad">Revoked: API</,
  );
  expect(await page(`revocations/reference/${last}`)).toContain('<dd>texts</dd>');
  const all = await makeCertificate(ctx, company);
  const by = { ctx, companyId: company.id, method: 'api' as const, caller: CALLER };
  const { revocation_id } = await revokeCertificate({ ...by, certificateId: all.id });
  expect(await page(`revocations/reference/${revocation_id!}`)).not.toContain('Opts out of');
});

describe('the session', () => {
  test('is a cookie out of reach of scripts and other sites, new at each sign-in', async () => {
    const { email } = await makeUser(service.ctx, company);
    const browser = openBrowser(service, 'rescind_session=fixed-by-somebody-else');
    const answer = await browser.post('/dashboard/login', { email, password: PASSWORD });
    const set = answer.received.getSetCookie().join();
    expect(set).toMatch(/^rescind_session=rescind_ses_[\w-]{43}; .*HttpOnly; SameSite=Lax$/);
    expect(set).toContain('Path=/dashboard');
    const first = browser.cookie();
    await browser.post('/dashboard/login', { email, password: PASSWORD });
    expect(browser.cookie()).not.toBe(first);
    expect((await openBrowser(service, first).get('/dashboard/wallet')).status).toBe(303);
  });

  test('is worth nothing to a thief of the cookie once its owner has signed out', async () => {
    const browser = await signedInBrowser(service, company);
    const thief = openBrowser(service, browser.cookie());
    expect((await thief.get('/dashboard/wallet')).status).toBe(200);
    expect((await browser.post('/dashboard/sign-out', {})).location).toBe('/dashboard/login');
    expect((await thief.get('/dashboard/wallet')).status).toBe(303);
    expect((await browser.get('/dashboard/wallet')).status).toBe(303);
  });

  test('ends everywhere but here when the password changes', async () => {
    const browser = await signedInBrowser(service, company, 'viewer');
    const thief = openBrowser(service, browser.cookie());
    const change = (current: string, next: string) =>
      browser.post('/dashboard/settings/account', { current, next });
    expect(await change(PASSWORD, 'short')).toMatchObject({ status: 400 });
    expect((await change('wrong', 'long enough to be taken')).html).toContain('id="current-error"');
    expect((await change(PASSWORD, 'long enough to be taken')).status).toBe(303);
    expect((await thief.get('/dashboard/wallet')).status).toBe(303);
    expect((await browser.get('/dashboard/wallet')).status).toBe(200);
  });
});

describe('a form', () => {
  test('is accepted from our own pages and this session only', async () => {
    const { id } = await makeCertificate(service.ctx, company);
    const browser = await signedInBrowser(service, company);
    const colleague = await signedInBrowser(service, company);
    const path = `/dashboard/certificates/${id}/revoke`;
    const refused = [
      await browser.post(path, {}, { 'sec-fetch-site': 'cross-site' }),
      await browser.post(path, {}, { 'sec-fetch-site': 'same-site' }),
      await browser.post(path, { form_token: '' }),
      await browser.post(path, { form_token: colleague.formToken() }),
    ];
    for (const { status } of refused) expect(status).toBe(403);
    expect(refused[2]?.html).toContain('before you last signed in');
    expect(await flag(id)).toBe(false);
    expect((await browser.post(path, {})).status).toBe(303);
    expect(await flag(id)).toBe(true);
  });

  test('from another site cannot sign anybody in', async () => {
    const { email } = await makeUser(service.ctx, company);
    const browser = openBrowser(service);
    const fields = { email, password: PASSWORD };
    const headers = { 'sec-fetch-site': 'cross-site' };
    const answer = await browser.post('/dashboard/login', fields, headers);
    expect(answer.status).toBe(403);
    expect(answer.received.getSetCookie()).toEqual([]);
  });

  test('that changes something is refused to viewers', async () => {
    const { id } = await makeCertificate(service.ctx, company);
    const viewer = await signedInBrowser(service, company, 'viewer');
    const admin = await signedInBrowser(service, company);
    const before = await service.ctx.store.companies.find(company.id);
    const [token] = await service.ctx.store.credentials.listTokens(company.id);
    const posts: [string, Record<string, string>][] = [
      [`/certificates/${id}/revoke`, {}],
      ['/certificates/selection', { id }],
      ['/certificates/revocations', { id }],
      ['/revocations', {}],
      ['/revocations/bat_x/commit', {}],
      ['/revocations/bat_x/cancel', {}],
      ['/revocations/bat_x/retry', {}],
      ['/properties', { name: 'x', domain: 'example.com' }],
      ['/settings', { action: 'delete' }],
      ['/settings/integrations', { label: 'mine' }],
      [`/settings/integrations/${token!._id}/revoke`, {}],
      ['/settings/people', { email: 'me@example.com', role: 'admin' }],
      [`/settings/people/${admin.userId}/reset`, {}],
      [`/settings/people/${admin.userId}/remove`, {}],
      ['/settings/people/links/x/cancel', {}],
    ];
    for (const [path, fields] of posts) {
      const { status } = await viewer.post(`/dashboard${path}`, fields);
      expect([path, status]).toEqual([path, 403]);
    }
    const person = `settings/people/${admin.userId}`;
    for (const path of [`certificates/${id}/revoke`, `${person}/remove`, `${person}/reset`]) {
      expect((await viewer.get(`/dashboard/${path}`)).status).toBe(403);
    }
    expect(await flag(id)).toBe(false);
    expect(await service.ctx.store.companies.find(company.id)).toEqual(before);
    expect(await service.ctx.store.credentials.listTokens(company.id)).toHaveLength(1);
    expect(await service.ctx.store.credentials.listProperties(company.id)).toHaveLength(1);
    expect(await service.ctx.store.accounts.listUsers(company.id)).toHaveLength(2);
  });
});
