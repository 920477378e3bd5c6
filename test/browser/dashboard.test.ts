import type { Browser } from 'playwright-core';
import type { Context } from '../../src/context';
import { finishRevocation } from '../../src/core/revocations/finish-revocation';
import { PASSWORD } from '../core/users/scene';
import { makeCertificate, makeCompany, type TestCompany } from '../helpers/company';
import { type Service, startService } from '../helpers/service';
import { focusedText, openVisitor, startBrowser, type Visitor } from './browser';
import { enterDashboard } from './sign-in';

const XSS = '<img src=x onerror=alert(1)><script>alert(1)</script>';

// Every state is inspected at length, and other runs share the machine.
jest.setTimeout(180_000);

let browser: Browser;
let service: Service;
let ctx: Context;
let company: TestCompany;
let visitor: Visitor;

beforeAll(async () => {
  browser = await startBrowser();
  service = await startService();
  ({ ctx } = service);
});
beforeEach(async () => {
  company = await makeCompany(ctx, { settings: { name: `Acme ${XSS}` } });
});
afterEach(() => visitor.leave());
afterAll(async () => {
  await browser.close();
  await service.close();
});

const isRevoked = async (id: string) =>
  (await ctx.store.certificates.find(company.id, id))!.opt_out.revoke;

/** Signs a new user in by hand. */
const enter = (role: 'admin' | 'viewer' = 'admin', options = {}) =>
  enterDashboard({ browser, service, company, path: '/dashboard/certificates', role, options });

const press = (name: string) => visitor.page.getByRole('button', { name, exact: true }).click();
const follow = (name: string) => visitor.page.getByRole('link', { name, exact: true }).click();
const title = (name: string | RegExp) =>
  visitor.page.getByRole('heading', { level: 1, name }).waitFor();

test('every page is accessible on a phone, also when it says what is wrong', async () => {
  visitor = await openVisitor(browser, service.url);
  const { page } = visitor;
  await page.goto('/dashboard/login');
  await visitor.inspect();
  await page.getByLabel('Email').fill('nobody@example.com');
  await page.getByLabel('Password').fill('wrong');
  await press('Sign in');
  await page.getByRole('alert').waitFor();
  await visitor.inspect();
  await follow('Forgot your password?');
  await visitor.inspect();
  await page.getByLabel('Email').fill('nobody@example.com');
  await press('Send the link');
  await title('Look into your mailbox');
  await visitor.inspect();
  await visitor.leave();

  for (let i = 0; i < 3; i++) await makeCertificate(ctx, company);
  visitor = await enter();
  await visitor.inspect();
  for (const name of ['Overview', 'Revocations', 'Wallet', 'Audit log', 'Properties', 'Settings']) {
    await follow(name);
    await title(name);
    await visitor.inspect();
  }
  for (const name of ['Integrations', 'People', 'My account']) {
    await follow(name);
    await visitor.page.locator(`.tabs a[aria-current]:text-is('${name}')`).waitFor();
    await visitor.inspect();
  }
  await visitor.page.goto('/dashboard/settings');
  await visitor.page.getByLabel('IP allowlist').fill('nonsense');
  await press('Save');
  await visitor.page.getByText('Line 1 must be an IP address').waitFor();
  expect(await visitor.page.getByLabel('IP allowlist').inputValue()).toBe('nonsense');
  await visitor.inspect();
});

test('a certificate is found by phone number, looked at and revoked, by keyboard', async () => {
  const { id } = await makeCertificate(ctx, company, { mobile: '+14155550142' });
  await makeCertificate(ctx, company, { mobile: '+14155550143' });
  visitor = await enter('admin', { viewport: { width: 1280, height: 800 } });
  const { page } = visitor;
  await page.getByLabel('Search').fill('(415) 555-0142');
  await page.keyboard.press('Enter');
  await page.waitForURL(/q=/);
  expect(await page.getByRole('checkbox', { name: /^Select EC-/ }).count()).toBe(1);
  await follow(id);
  await title(id);
  await visitor.inspect();
  await press('Revoke');
  const dialog = page.getByRole('dialog', { name: 'Revoke this certificate?' });
  await dialog.waitFor();
  await visitor.inspect();
  // Escape is "Cancel".
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Revoke', exact: true }).focus();
  expect(await isRevoked(id)).toBe(false);
  await page.keyboard.press('Enter');
  await dialog.waitFor();
  expect(await focusedText(page)).toBe('Revoke this certificate?');
  await dialog.getByLabel('Reason').fill(XSS);
  await dialog.getByRole('button', { name: 'Confirm' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('Revoked at').waitFor();
  const stored = (await ctx.store.certificates.find(company.id, id))!.opt_out;
  expect(stored).toMatchObject({ revoke: true, method: 'dashboard', reason: XSS });
  await visitor.inspect();
});

test('ticked rows are revoked in bulk, then all that match; a changed number asks again', async () => {
  const ids: string[] = [];
  for (let i = 0; i < 5; i++) ids.push((await makeCertificate(ctx, company)).id);
  visitor = await enter();
  const { page } = visitor;
  for (const id of ids.slice(0, 2)) await page.getByLabel(`Select ${id}`).check();
  await press('Bulk Revoke');
  await page.getByRole('dialog', { name: 'Revoke 2 certificates?' }).waitFor();
  await visitor.inspect();
  await press('Confirm');
  await page.getByText('2 certificates were revoked.').waitFor();
  await visitor.inspect();
  expect(await Promise.all(ids.map(isRevoked))).toEqual([true, true, false, false, false]);

  await follow('Back to the certificates');
  await page.getByLabel(`Select ${ids[0]!}`).check();
  await page.getByLabel('Select all that match').check();
  await press('Bulk Revoke');
  await page.getByRole('dialog', { name: 'Revoke 3 certificates?' }).waitFor();
  const late = (await makeCertificate(ctx, company)).id;
  await press('Confirm');
  await page.getByRole('dialog', { name: 'Revoke 4 certificates?' }).waitFor();
  await page.getByText('has changed meanwhile').waitFor();
  expect(await isRevoked(ids[4]!)).toBe(false);
  await press('Confirm');
  await page.getByText('4 certificates were revoked.').waitFor();
  expect(await Promise.all([...ids, late].map(isRevoked))).not.toContain(false);
  const stored = (await ctx.store.certificates.find(company.id, late))!.opt_out;
  expect(stored.method).toBe('bulk');
});

test('a token is made, shown once, used, seen as used and revoked', async () => {
  visitor = await enter();
  const { page } = visitor;
  await follow('Settings');
  await follow('Integrations');
  await page.getByLabel('Label').fill(`CRM ${XSS}`);
  await press('Create token');
  const token = await page.locator('#token').innerText();
  await visitor.inspect();
  expect((await service.get('/wallet', { token })).status).toBe(200);
  await press('I have copied it');
  await page.locator('#token').waitFor({ state: 'detached' });
  expect(await page.content()).not.toContain(token);
  const revoke = page
    .getByRole('row', { name: /CRM/ })
    .getByRole('button', { name: 'Revoke token', exact: true });
  await revoke.click();
  const dialog = page.getByRole('dialog', { name: /^Revoke the token CRM/ });
  await dialog.waitFor();
  await visitor.inspect();
  // Escape is "Cancel".
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  expect((await service.get('/wallet', { token })).status).toBe(200);
  await revoke.click();
  await dialog.getByRole('button', { name: 'Confirm', exact: true }).click();
  await page.getByText('The token was revoked').waitFor();
  expect((await service.get('/wallet', { token })).status).toBe(401);
});

test('a property is added, and its id works at once', async () => {
  visitor = await enter();
  const { page } = visitor;
  await follow('Properties');
  await page.getByLabel('Name').fill(XSS);
  await page.getByLabel('Domain').fill('shop.example.com');
  await press('Add property');
  await page.getByText('The property was added.').waitFor();
  await visitor.inspect();
  const propertyId = await page.locator('code').nth(1).innerText();
  const body = { company_id: company.id, property_id: propertyId, certificate_id: 'x' };
  expect((await service.post('/verify/certificate-info', body)).status).toBe(404);
});

test('somebody is invited, chooses a password and sees everything, but changes nothing', async () => {
  const { id } = await makeCertificate(ctx, company);
  visitor = await enter();
  await visitor.page.goto('/dashboard/settings/people');
  await visitor.page.getByLabel('Email').fill('not an email');
  await press('Make invitation link');
  await visitor.page.getByText('Enter an email address').waitFor();
  const email = `invited@${company.id}.example`;
  await visitor.page.getByLabel('Email').fill(email);
  await visitor.page.getByLabel('Your password').fill('not it');
  await press('Make invitation link');
  await visitor.page.getByText('This is not your current password').waitFor();
  await visitor.page.getByLabel('Your password').fill(PASSWORD);
  await press('Make invitation link');
  const link = await visitor.page.locator('#link').innerText();
  await visitor.inspect();
  await visitor.leave();

  visitor = await openVisitor(browser, service.url);
  const { page } = visitor;
  await page.goto(link);
  await visitor.inspect();
  await page.getByLabel('New password').fill('four unrelated words here');
  await press('Set password');
  await page.getByText('Your password is set').waitFor();
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill('four unrelated words here');
  await press('Sign in');
  await title('Overview');
  await follow('Certificates');
  await title('Certificates');
  expect(await page.getByRole('checkbox').count()).toBe(0);
  await follow(id);
  await title(id);
  expect(await page.getByRole('button', { name: 'Revoke' }).count()).toBe(0);
  await follow('Settings');
  expect(await page.getByRole('button', { name: 'Save' }).count()).toBe(0);
  await visitor.inspect();
  await page.goto(link);
  await title('This link is no longer valid');
  await visitor.inspect();
});

test('what consumers and files fill in is text, on every page that shows it', async () => {
  const { id } = await makeCertificate(ctx, company, {
    session_id: `s/${XSS}`,
    origin: `https://example.com/${XSS}`,
    email: `"${XSS}"@example.com`.replaceAll(' ', '_'),
    consents: [{ type: XSS, text: XSS }],
    events: { [XSS]: XSS },
  });
  await service.post('/opt-out', { company_id: company.id, certificate_id: id, reason: XSS });
  // A worker writes the audit: here the test is the worker.
  const { opt_out } = (await ctx.store.certificates.find(company.id, id))!;
  await finishRevocation({ ctx, revocationId: opt_out.revocation_id! });
  visitor = await enter('admin', { viewport: { width: 1280, height: 800 } });
  const { page } = visitor;
  await page.getByLabel('Search').fill(XSS);
  await page.keyboard.press('Enter');
  await page.waitForURL(/q=/);
  await page.goto(`/dashboard/certificates/${encodeURIComponent(id)}`);
  await page.getByRole('cell', { name: XSS }).first().waitFor();
  await page.goto(`/dashboard/audit?action=${encodeURIComponent(XSS)}`);
  await page.goto('/dashboard/audit');
  await page.getByRole('cell', { name: XSS }).first().waitFor();
  await page.goto('/dashboard/wallet');
  expect(await page.locator('img[onerror]').count()).toBe(0);
});

test('everything works without script, the dialogs too', async () => {
  const { id } = await makeCertificate(ctx, company);
  visitor = await enter('admin', { javaScriptEnabled: false });
  const { page } = visitor;
  await page.getByLabel(`Select ${id}`).check();
  await press('Bulk Revoke');
  await page.getByRole('dialog').getByRole('button', { name: 'Confirm' }).click();
  await page.getByText('1 certificate was revoked.').waitFor();
  expect(await isRevoked(id)).toBe(true);
  await page.goto('/dashboard/settings/integrations');
  await press('Revoke token');
  await press('Confirm');
  await page.getByText('The token was revoked').waitFor();
  expect((await service.get('/wallet', { token: company.token })).status).toBe(401);
});

test('two users at once: the later one is told, and nothing happens twice', async () => {
  const { id } = await makeCertificate(ctx, company);
  visitor = await enter();
  const second = await enter();
  for (const { page } of [visitor, second]) {
    await page.getByLabel(`Select ${id}`).check();
    await page.getByRole('button', { name: 'Bulk Revoke' }).click();
    await page.getByRole('dialog', { name: 'Revoke 1 certificate?' }).waitFor();
  }
  await press('Confirm');
  await visitor.page.getByText('1 certificate was revoked.').waitFor();
  await second.page.getByRole('button', { name: 'Confirm' }).click();
  await second.page.getByText('0 certificates were revoked. 1 was revoked before').waitFor();
  await second.leave();
});
