/** Attacks by other sites and thieves on somebody who is signed in, in a real browser. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { makeUser, open } from '../core/users/scene';
import { makeCertificate, makeCompany, type TestCompany } from '../helpers/company';
import { type Service, startService } from '../helpers/service';
import { openVisitor, startBrowser } from './browser';
import { signIn } from './sign-in';

// Other runs share the machine.
jest.setTimeout(180_000);

let browser: Browser;
let service: Service;
let company: TestCompany;
let context: BrowserContext;
let page: Page;
let secret: string;
let evil: Server;
let evilUrl: string;
let evilHtml = '';

beforeAll(async () => {
  browser = await startBrowser();
  service = await startService();
  evil = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end(evilHtml);
  });
  await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve));
  // To a browser, a different site from 127.0.0.1.
  evilUrl = `http://localhost:${String((evil.address() as AddressInfo).port)}/`;
});
beforeEach(async () => {
  company = await makeCompany(service.ctx);
  const { email } = await makeUser(service.ctx, company);
  secret = await open(service.ctx, email);
  // Without the guards of `openVisitor`, which refuse other sites themselves.
  context = await browser.newContext({ baseURL: service.url });
  const url = `${service.url}/dashboard`;
  await context.addCookies([{ name: 'rescind_session', value: secret, url, sameSite: 'Lax' }]);
  page = await context.newPage();
});
afterEach(() => context.close());
afterAll(async () => {
  await browser.close();
  await new Promise((resolve) => evil.close(resolve));
  await service.close();
});

const isRevoked = async (id: string) =>
  (await service.ctx.store.certificates.find(company.id, id))!.opt_out.revoke;

test('another site cannot show a page of ours in a frame, nor our dialogs under a click', async () => {
  const { id } = await makeCertificate(service.ctx, company);
  const own = '/dashboard/certificates';
  for (const path of [own, `${own}/${id}/revoke`, '/dashboard/login', '/opt-out']) {
    // Opened directly, it is shown.
    expect((await page.goto(path))?.status()).toBe(200);
    evilHtml = `<iframe src="${service.url}${path}"></iframe>`;
    const refused = page.waitForEvent('console', (message) => /frame/i.test(message.text()));
    await page.goto(evilUrl);
    expect((await refused).type()).toBe('error');
    const [, frame] = page.frames();
    expect(await frame?.locator('#main').count()).toBe(0);
  }
});

test('another site cannot send a form of ours, not even one that knows its token', async () => {
  const { id } = await makeCertificate(service.ctx, company);
  const path = `/dashboard/certificates/${id}/revoke`;
  await page.goto(path);
  const token = await page.locator('input[name=form_token]').first().getAttribute('value');
  evilHtml = `<form method="post" action="${service.url}${path}">
    <input name="form_token" value="${token ?? ''}"><button>Win a prize</button></form>`;
  await page.goto(evilUrl);
  await page.getByRole('button').click();
  await page.getByRole('heading', { name: 'Sent from another site' }).waitFor();
  const body = JSON.stringify(`form_token=${token ?? ''}`);
  evilHtml = `<script>fetch(${JSON.stringify(service.url + path)}, { method: 'POST', body: ${body},
    mode: 'no-cors', credentials: 'include', headers: {
    'content-type': 'application/x-www-form-urlencoded' } }).then(() => document.title = 'sent')</script>`;
  await page.goto(evilUrl);
  await page.waitForFunction('document.title === "sent"');
  expect(await isRevoked(id)).toBe(false);
  // From our own page the same form works.
  await page.goto(path);
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByText('Revoked at').waitFor();
  expect(await isRevoked(id)).toBe(true);
});

test('a stolen session is out of reach of scripts, and ends with its owner’s', async () => {
  const visitor = await openVisitor(browser, service.url);
  const { email } = await makeUser(service.ctx, company);
  await signIn(visitor.page, email, '/dashboard');
  expect(await visitor.page.evaluate('document.cookie')).toMatch(/^rescind_zone=[\w%]+$/);
  const all = await visitor.context.cookies(`${service.url}/dashboard`);
  const cookies = all.filter(({ name }) => name !== 'rescind_zone');
  // The session's, and the one by which a browser is known again.
  expect(cookies).toHaveLength(2);
  for (const cookie of cookies) expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax' });
  await context.clearCookies();
  await context.addCookies(cookies);
  await page.goto('/dashboard/audit');
  expect(await page.getByText(email).count()).toBeGreaterThan(0);
  await visitor.page.getByRole('button', { name: 'Sign out' }).click();
  await visitor.page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.getByRole('link', { name: 'Properties' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await visitor.leave();
});

test('a link to the page to sign in leads to no other site afterwards', async () => {
  const { email } = await makeUser(service.ctx, company);
  evilHtml = '<h1>Evil</h1>';
  const { host } = new URL(evilUrl);
  for (const next of [evilUrl, `//${host}/dashboard/`, `/\\${host}`, `/dashboard/../..//${host}`]) {
    await signIn(page, email, `/dashboard/login?next=${encodeURIComponent(next)}`, '/dashboard');
    expect(page.url()).toBe(`${service.url}/dashboard`);
  }
});
