import { makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { operatorClient } from '../../helpers/operator';
import { type Service, startService } from '../../helpers/service';
import { type Browser, signedInBrowser } from './scriptless-browser';

let service: Service;
let company: TestCompany;
let browser: Browser;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  company = await makeCompany(service.ctx);
  browser = await signedInBrowser(service, company);
});

const operator = operatorClient(() => service);

test('a company switches body credentials off, and on again', async () => {
  const { id } = await makeCertificate(service.ctx, company);
  const info = { ...company.ids, certificate_id: id };
  const keep = { action: 'keep', after_days: '0', session_days: '90', certificate_days: '1827' };
  expect((await browser.get('/dashboard/settings')).html).toMatch(/name="body" value="1" checked/);
  for (const [more, status] of [
    [{}, 401],
    [{ body: '1' }, 200],
  ] as const) {
    expect((await browser.post('/dashboard/settings', { ...keep, ...more })).status).toBe(303);
    expect((await service.post('/verify/certificate-info', info)).status).toBe(status);
  }
});

describe('what a company has given to its programs', () => {
  const integrations = '/dashboard/settings/integrations';

  test('is a token with the scopes and the last day that were chosen', async () => {
    const token = { label: 'CRM', scopes: ['audit', 'verify'], expires: '2099-12-31' };
    const { html } = await browser.postAndFollow(integrations, token);
    const secret = /id="token">([^<]+)</.exec(html)?.[1] ?? '';
    expect((await service.get('/audit', { token: secret })).status).toBe(200);
    expect((await service.get('/wallet', { token: secret })).status).toBe(403);
    const listed = await operator('GET', `/companies/${company.id}/tokens`);
    expect(listed.body.tokens[0]).toMatchObject({
      label: 'CRM',
      scopes: ['verify', 'audit'],
      expires_at: '2100-01-01T00:00:00.000Z',
    });
    for (const [wrong, name] of [
      [{ scopes: [] }, 'scopes'],
      [{ scopes: 'everything' }, 'scopes'],
      [{ expires: '2020-01-01' }, 'expires'],
      [{ expires: 'soon' }, 'expires'],
      [{ label: ' ' }, 'label'],
    ] as const) {
      const reply = await browser.post(integrations, { ...token, ...wrong } as never);
      expect([name, reply.status]).toEqual([name, 400]);
      expect(reply.html).toContain(`id="${name}-error"`);
    }
  });

  test('is a token, which is revoked once that is confirmed', async () => {
    const [token] = (await operator('GET', `/companies/${company.id}/tokens`)).body.tokens;
    const revoke = `${integrations}/${String(token.token_id)}/revoke`;
    const call = async () => (await service.get('/wallet', { token: company.token })).status;
    const page = await browser.get(integrations);
    expect(page.html).toContain(`<form method="get" action="${revoke}">`);
    const dialog = await browser.get(revoke);
    expect(dialog.html).toContain('Revoke the token test?');
    expect(dialog.html).toContain('Every call with it is refused');
    const viewer = await signedInBrowser(service, company, 'viewer');
    const stranger = await signedInBrowser(service, await makeCompany(service.ctx));
    expect((await viewer.get(revoke)).status).toBe(403);
    expect((await viewer.post(revoke, {})).status).toBe(403);
    expect((await stranger.get(revoke)).status).toBe(404);
    await stranger.post(revoke, {});
    expect(await call()).toBe(200);
    for (let twice = 0; twice < 2; twice++) {
      expect((await browser.post(revoke, {})).location).toBe(`${integrations}?revoked=token`);
    }
    expect(await call()).toBe(401);
    expect((await browser.get(revoke)).status).toBe(404);
  });

  test('is a key pair that is shown once, and revoked once that is confirmed', async () => {
    const made = await browser.postAndFollow(`${integrations}/api-keys`, { keyLabel: 'CRM' });
    const [key, secret] = ['client-key', 'secret-key'].map(
      (id) => new RegExp(`id="${id}">([^<]+)<`).exec(made.html)?.[1] ?? '',
    ) as [string, string];
    const headers = { 'x-client-key': key, 'x-secret-key': secret };
    const call = () => service.get('/v2/consent/user/u-1', { headers });
    expect((await call()).status).toBe(404);
    expect((await browser.get(integrations)).html).toContain(secret);
    const page = await browser.postAndFollow(`${integrations}/copied`, {});
    expect(page.html).toContain(key);
    expect(page.html).not.toContain(secret);
    const revoke = `${integrations}/api-keys/${key}/revoke`;
    expect((await browser.get(revoke)).html).toContain('Revoke this key pair?');
    const viewer = await signedInBrowser(service, company, 'viewer');
    const stranger = await signedInBrowser(service, await makeCompany(service.ctx));
    expect((await viewer.post(`${integrations}/api-keys`, {})).status).toBe(403);
    expect((await viewer.get(revoke)).status).toBe(403);
    expect((await viewer.post(revoke, {})).status).toBe(403);
    await stranger.post(revoke, {});
    expect((await call()).status).toBe(404);
    for (let twice = 0; twice < 2; twice++) {
      expect((await browser.post(revoke, {})).location).toBe(`${integrations}?revoked=key`);
    }
    expect((await call()).status).toBe(498);
    expect((await browser.get(revoke)).status).toBe(404);
  });

  test('is a property, which is revoked once that is confirmed', async () => {
    const [property] = (await operator('GET', `/companies/${company.id}/properties`)).body
      .properties;
    const at = `/dashboard/properties/${String(property.property_ref)}`;
    expect((await browser.get(`${at}/revoke`)).html).toContain('Revoke the property Site?');
    const viewer = await signedInBrowser(service, company, 'viewer');
    expect((await viewer.get(`${at}/revoke`)).status).toBe(403);
    expect((await viewer.post(`${at}/revoke`, {})).status).toBe(403);
    expect((await browser.get(at)).status).toBe(200);
    const done = await browser.post(`${at}/revoke`, {});
    expect(done.location).toBe('/dashboard/properties?revoked=1');
    expect((await browser.get(at)).status).toBe(404);
    const info = { ...company.ids, certificate_id: 'x' };
    expect((await service.post('/verify/certificate-info', info)).body.error).toBe(
      'Property not found',
    );
  });
});
