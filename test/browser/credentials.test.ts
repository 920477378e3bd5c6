import type { Browser } from 'playwright-core';
import { codeOf } from '../core/two-step/scene';
import { makeUser, PASSWORD } from '../core/users/scene';
import { collections } from '../helpers/collections';
import { makeCertificate, makeCompany, type TestCompany } from '../helpers/company';
import { type Service, startService } from '../helpers/service';
import { listen, tellNow } from '../helpers/webhooks';
import { startBrowser, type Visitor } from './browser';
import { enterDashboard } from './sign-in';

let browser: Browser;
let service: Service;
let company: TestCompany;
let visitor: Visitor;

beforeAll(async () => {
  browser = await startBrowser();
  service = await startService();
});
beforeEach(async () => {
  company = await makeCompany(service.ctx);
  visitor = await enterDashboard({ browser, service, company });
});
afterEach(() => visitor.leave());
afterAll(async () => {
  await browser.close();
  await service.close();
});

const press = (name: string) => visitor.page.getByRole('button', { name, exact: true }).click();

test('a key pair is made, shown once, used, and revoked once that is confirmed', async () => {
  const { page } = visitor;
  await page.goto('/dashboard/settings/integrations');
  await page.getByLabel('Name (optional)').fill('Billing');
  await press('Create key pair');
  const [key, secret] = [
    await page.locator('#client-key').innerText(),
    await page.locator('#secret-key').innerText(),
  ];
  await visitor.inspect();
  const headers = { 'x-client-key': key, 'x-secret-key': secret };
  const call = () => service.get('/v2/consent/user/u-1', { headers });
  expect((await call()).status).toBe(404);
  await page.reload();
  expect(await page.locator('#secret-key').innerText()).toBe(secret);
  await press('I have copied it');
  await page.locator('#secret-key').waitFor({ state: 'detached' });
  expect(await page.content()).not.toContain(secret);
  await press('Revoke');
  await page.getByRole('dialog', { name: 'Revoke this key pair?' }).waitFor();
  await visitor.inspect();
  await press('Confirm');
  await page.getByText('The key pair was revoked').waitFor();
  expect((await call()).status).toBe(498);
});

test('a token gets the scopes that are ticked', async () => {
  const { page } = visitor;
  await page.goto('/dashboard/settings/integrations');
  await page.getByLabel('Label').fill('Audit only');
  for (const box of await page.getByRole('checkbox').all()) await box.uncheck();
  await page.getByLabel('Expires after (optional)').fill('2099-12-31');
  await press('Create token');
  await page.getByText('Choose at least one.').waitFor();
  await visitor.inspect();
  await page.getByLabel('Read the audit log').check();
  await press('Create token');
  const token = await page.locator('#token').innerText();
  await visitor.inspect();
  expect((await service.get('/audit', { token })).status).toBe(200);
  expect((await service.get('/wallet', { token })).status).toBe(403);
});

test('a double click makes one token; Back and reload make none, and lose none', async () => {
  const { page } = visitor;
  const made = async () =>
    (await service.ctx.store.credentials.listTokens(company.id)).filter(
      ({ label }) => label === 'CRM',
    );
  await page.goto('/dashboard/settings/integrations');
  await page.getByLabel('Label').fill('CRM');
  await page.getByRole('button', { name: 'Create token' }).dblclick();
  const token = await page.locator('#token').innerText();
  expect((await service.get('/wallet', { token })).status).toBe(200);
  await page.reload();
  await page.getByRole('link', { name: 'People' }).click();
  await page.getByRole('heading', { name: 'Invite somebody' }).waitFor();
  await page.goBack();
  expect(await page.locator('#token').innerText()).toBe(token);
  await press('I have copied it');
  await page.locator('#token').waitFor({ state: 'detached' });
  await page.goBack();
  await page.goForward();
  await page.getByRole('heading', { name: 'Integrations' }).waitFor();
  expect(await page.content()).not.toContain(token);
  expect(await made()).toHaveLength(1);
});

test('integrations are enabled and disabled, each by a token of its name', async () => {
  const { page } = visitor;
  await page.goto('/dashboard/settings/integrations');
  const names = ['Debt Lookup', 'Email Validation', 'Phone Validation', 'Meta Lead Ads'];
  const item = (name: string) => page.getByRole('listitem').filter({ hasText: name });
  for (const name of names) {
    await item(name).getByRole('button', { name: 'Enable' }).click();
    await item(name).getByText('Enabled', { exact: true }).waitFor();
  }
  expect(await page.getByRole('button', { name: 'Enable' }).count()).toBe(0);
  const token = await page.locator('#token').innerText();
  expect((await service.get('/wallet', { token })).status).toBe(403);
  await visitor.inspect();
  await item('Meta Lead Ads').getByRole('button', { name: 'Disable' }).click();
  await page.getByRole('dialog', { name: 'Disable Meta Lead Ads?' }).waitFor();
  await visitor.inspect();
  await press('Disable');
  await page.getByText('Meta Lead Ads was disabled').waitFor();
  expect((await service.get('/wallet', { token })).status).toBe(401);
  await visitor.inspect();
});

test('times are in the zone of the browser until another is chosen', async () => {
  const { page } = visitor;
  await page.goto('/dashboard/settings/account');
  await visitor.inspect();
  await page.getByLabel('Time zone').selectOption('Asia/Tokyo');
  await press('Save time zone');
  await page.getByText('Saved. Times are now shown in this zone.').waitFor();
  await page.goto('/dashboard/properties');
  expect(await page.locator('time').first().getAttribute('title')).toMatch(/GMT\+9$/);
});

test('a colleague’s reset link is made with one’s own password, and cancelled', async () => {
  const { page } = visitor;
  const { email } = await makeUser(service.ctx, company, 'viewer');
  await page.goto('/dashboard/settings/people');
  await press(`Make reset link for ${email}`);
  await visitor.inspect();
  await page.getByLabel('Your password').fill('not it');
  await press('Make reset link');
  await page.getByText('This is not your current password').waitFor();
  await page.getByLabel('Your password').fill(PASSWORD);
  await press('Make reset link');
  const link = await page.locator('#link').innerText();
  await visitor.inspect();
  await page.reload();
  expect(await page.locator('#link').innerText()).toBe(link);
  await press('I have copied it');
  await press(`Cancel the link for ${email}`);
  await page.getByText('The link was cancelled').waitFor();
  await page.goto(link);
  await page.getByRole('heading', { name: 'This link is no longer valid' }).waitFor();
});

test('two-step sign-in is turned on by a code, wanted at the next sign-in, and turned off', async () => {
  const { page } = visitor;
  const email = await page.locator('.me b').innerText();
  const code = page.getByLabel('Code', { exact: true });
  await page.goto('/dashboard/settings/account');
  await press('Turn on two-step sign-in');
  const key = await page.locator('#two-step-key').innerText();
  await page.getByLabel('Your password').fill(PASSWORD);
  await code.fill('123');
  await press('Turn on two-step sign-in');
  await page.getByText('This code is wrong.').waitFor();
  await visitor.inspect();
  await code.fill(codeOf(service.ctx, key, -1));
  await page.getByLabel('Your password').fill(PASSWORD);
  await press('Turn on two-step sign-in');
  const [recoveryCode = ''] = (await page.locator('#recovery-codes').innerText()).split('\n');
  await visitor.inspect();
  await press('I have copied it');
  await page.getByText('10 recovery codes left').waitFor();
  await press('Sign out everywhere');
  await page.getByText('You were signed out everywhere.').waitFor();
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await press('Sign in');
  await code.waitFor();
  await visitor.inspect();
  await code.fill(codeOf(service.ctx, key));
  await press('Sign in');
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  await page.goto('/dashboard/settings/account');
  await press('Turn off');
  await page.getByRole('dialog', { name: 'Turn two-step sign-in off?' }).waitFor();
  await visitor.inspect();
  await page.getByLabel('Your password').fill(PASSWORD);
  await code.fill(recoveryCode);
  await press('Turn off');
  await page.getByText('Two-step sign-in is off.').waitFor();
});

test('a token wants the password again, some time after the sign-in', async () => {
  const { page } = visitor;
  await page.goto('/dashboard/settings/integrations');
  await page.getByLabel('Label').fill('CRM');
  const confirmed_at = new Date(0);
  await collections(service.ctx).sessions.updateMany({}, { $set: { confirmed_at } });
  await press('Create token');
  await page.getByRole('dialog', { name: 'Confirm that it is you' }).waitFor();
  await visitor.inspect();
  await page.getByLabel('Your password').fill(PASSWORD);
  await press('Go on');
  await page.locator('#token').waitFor();
});

test('webhooks are looked at, and an endpoint is added', async () => {
  const { page } = visitor;
  const webhooks = '/dashboard/settings/webhooks';
  await page.goto(webhooks);
  await page.getByText('your systems hear of a revocation').waitFor();
  await page.getByLabel('URL').fill('nonsense');
  await press('Add endpoint');
  await page.getByText('The URL must be a URL.').waitFor();
  await visitor.inspect();
  await page.getByLabel('URL').fill(`https://hooks.example.com/${'long-'.repeat(30)}`);
  await press('Add endpoint');
  await page.locator('#secret').waitFor();
  await visitor.inspect();
  await press('I have copied it');

  const receiver = await listen(service.ctx, company);
  receiver.answer = (response) => response.writeHead(500).end(`<html>${'long'.repeat(100)}</html>`);
  await makeCertificate(service.ctx, company);
  await tellNow(service.ctx);
  await receiver.close();
  await page.goto(`${webhooks}/${receiver.endpointId}`);
  await visitor.inspect();
  await page.getByRole('link', { name: 'All deliveries' }).click();
  await page.getByRole('link', { name: 'A certificate was registered' }).first().waitFor();
  await visitor.inspect();
  await page.getByRole('link', { name: 'A certificate was registered' }).first().click();
  await page.getByText('Shell', { exact: true }).click();
  await visitor.inspect();
});
