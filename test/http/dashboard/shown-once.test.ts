import { listTokens } from '../../../src/core/credentials/list-tokens';
import { SCOPES } from '../../../src/core/credentials/scopes';
import { makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { type Browser, openBrowser, signedInBrowser } from './scriptless-browser';

const PATH = '/dashboard/settings/integrations';

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

const TOKEN = { label: 'CRM', scopes: ['wallet'] };
const tokensIn = ({ html }: { html: string }) =>
  [...html.matchAll(/id="token(?:-\d)?">([^<]+)</g)].map(([, token]) => token!);
const made = async () =>
  (await listTokens({ ctx: service.ctx, companyId: company.id })).filter(
    ({ label }) => label !== 'test',
  );

test('a token is shown after a redirect, and again by a reload, which makes nothing', async () => {
  const [token] = tokensIn(await browser.postAndFollow(PATH, TOKEN));
  expect((await service.get('/wallet', { token: token! })).status).toBe(200);
  expect(tokensIn(await browser.get(PATH))).toEqual([token]);
  expect(await made()).toHaveLength(1);
});

test('a form that is sent twice makes one token, which is shown once', async () => {
  await browser.get(PATH);
  const form = { ...TOKEN, operation_id: browser.operationId() };
  await Promise.all([browser.post(PATH, form), browser.post(PATH, form)]);
  expect(tokensIn(await browser.postAndFollow(PATH, form))).toHaveLength(1);
  expect(await made()).toHaveLength(1);
  // What was typed anew is another wish, though the browser kept the form.
  const other = await browser.postAndFollow(PATH, { ...form, label: 'Billing' });
  expect(tokensIn(other)).toHaveLength(2);
  const labels = (await made()).map(({ label }) => label).sort();
  expect(labels).toEqual(['Billing', 'CRM']);
});

test('"I have copied it" puts away all that is shown, and what comes after is shown again', async () => {
  await browser.post(PATH, TOKEN);
  expect(tokensIn(await browser.postAndFollow(PATH, { ...TOKEN, label: 'Two' }))).toHaveLength(2);
  expect(tokensIn(await browser.postAndFollow(`${PATH}/copied`, {}))).toEqual([]);
  expect(tokensIn(await browser.get(PATH))).toEqual([]);
  expect(tokensIn(await browser.postAndFollow(PATH, { ...TOKEN, label: '3' }))).toHaveLength(1);
});

test('what does not fit into a cookie any more gives way to what is newer', async () => {
  const label = (i: number) => String(i).padEnd(200, '€');
  for (let i = 0; i < 6; i++) await browser.post(PATH, { ...TOKEN, label: label(i) });
  const page = await browser.get(PATH);
  expect(page.html).toContain(`“${label(5)}”`);
  expect(tokensIn(page).length).toBeGreaterThan(1);
  const cookie = /rescind_shown=[^;]*/.exec(browser.cookie())?.[0] ?? '';
  expect(cookie.length).toBeLessThan(4_000);
});

test('nobody else sees it in the same browser, nor at another page', async () => {
  const page = await browser.post(PATH, TOKEN);
  const [set = ''] = page.received.getSetCookie();
  expect(set).toMatch(new RegExp(`Max-Age=600; Path=${PATH};.*HttpOnly; SameSite=Lax`));
  const shown = set.split(';')[0] ?? '';
  const colleague = await signedInBrowser(service, company);
  const both = openBrowser(service, `${colleague.cookie()}; ${shown}`);
  expect(tokensIn(await both.get(PATH))).toEqual([]);
  expect((await browser.get('/dashboard/settings/people')).html).not.toContain('shown-once');
  expect(tokensIn(await browser.get(PATH))).toHaveLength(1);
  await browser.post('/dashboard/sign-out', {});
  expect((await browser.get(PATH)).status).toBe(303);
});

test('a property whose form is sent twice is one property', async () => {
  const properties = '/dashboard/properties';
  await browser.get(properties);
  const form = { name: 'Shop', domain: 'shop.example', operation_id: browser.operationId() };
  const [one, two] = await Promise.all([1, 2].map(() => browser.post(properties, form)));
  expect(one?.location).toMatch(/\/properties\/ppt_[\w-]+\?made=1$/);
  expect(two?.location).toBe(one?.location);
  const stored = await service.ctx.store.credentials.listProperties(company.id);
  expect(stored.filter(({ name }) => name === 'Shop')).toHaveLength(1);
});

describe('an integration', () => {
  const enable = `${PATH}/debt_lookup/enable`;
  const disable = `${PATH}/debt_lookup/disable`;

  test('is enabled by a token, shown once, and disabled once that is confirmed', async () => {
    const page = await browser.get(PATH);
    expect(page.html).toContain(`action="${enable}"`);
    expect((await browser.get(disable)).location).toBe(PATH);
    const enabled = await browser.postAndFollow(enable, { operation_id: browser.operationId() });
    const [token = ''] = tokensIn(enabled);
    expect(enabled.html).toContain(`action="${disable}"`);
    expect((await browser.post(enable, {})).location).toBe(PATH);
    expect(await made()).toMatchObject([{ label: 'Debt Lookup', scopes: ['verify', 'retain'] }]);
    const call = async () => (await service.get('/wallet', { token })).status;
    expect(await call()).toBe(403);
    const dialog = await browser.get(disable);
    expect(dialog.html).toContain('Disable Debt Lookup?');
    expect(dialog.html).toContain('every call of Debt Lookup is refused');
    expect(await call()).toBe(403);
    const done = await browser.postAndFollow(disable, {});
    expect(done.html).toContain('Debt Lookup was disabled.');
    expect(await call()).toBe(401);
    expect((await browser.post(disable, {})).status).toBe(303);
  });

  test('is for admins to change, for their own company, and one of ours', async () => {
    const viewer = await signedInBrowser(service, company, 'viewer');
    expect((await viewer.get(PATH)).html).not.toContain(enable);
    expect((await viewer.post(enable, {})).status).toBe(403);
    await browser.post(enable, {});
    expect((await viewer.get(disable)).status).toBe(403);
    expect((await viewer.post(disable, {})).status).toBe(403);
    const stranger = await signedInBrowser(service, await makeCompany(service.ctx));
    await stranger.post(disable, {});
    expect(await made()).toHaveLength(1);
    for (const name of ['nothing', 'constructor']) {
      expect((await browser.post(`${PATH}/${name}/enable`, {})).status).toBe(404);
    }
  });
});

test('what is revoked is shown no longer, and what else was made stays', async () => {
  const [kept] = tokensIn(await browser.postAndFollow(PATH, TOKEN));
  await browser.post(PATH, { ...TOKEN, label: 'Gone' });
  const gone = (await made()).find(({ label }) => label === 'Gone')?.token_id ?? '';
  expect(tokensIn(await browser.get(PATH))).toHaveLength(2);
  expect(tokensIn(await browser.postAndFollow(`${PATH}/${gone}/revoke`, {}))).toEqual([kept]);
  const pair = await browser.postAndFollow(`${PATH}/api-keys`, { keyLabel: 'CRM' });
  const key = /id="client-key">([^<]+)</.exec(pair.html)?.[1] ?? '';
  const after = await browser.postAndFollow(`${PATH}/api-keys/${key}/revoke`, {});
  expect(after.html).not.toContain('id="client-key"');
  expect(tokensIn(after)).toEqual([kept]);
});

test('the form offers every scope', async () => {
  const { html } = await browser.get(PATH);
  for (const scope of SCOPES) expect(html).toContain(`value="${scope}" checked`);
});
