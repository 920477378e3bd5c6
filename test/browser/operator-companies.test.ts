import type { Browser } from 'playwright-core';
import type { Context } from '../../src/context';
import { makeCompany, type TestCompany } from '../helpers/company';
import { type Service, startService } from '../helpers/service';
import { operatorBasic } from '../http/operator-pages/operator-browser';
import { focusedText, openVisitor, startBrowser, type Visitor } from './browser';

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
  company = await makeCompany(ctx, {
    balanceMicrousd: 0,
    settings: { name: 'Acme <img src=x onerror=alert(1)> & Sons' },
  });
});

afterEach(() => visitor.leave());

afterAll(async () => {
  await browser.close();
  await service.close();
});

const signedIn = (more = {}) =>
  openVisitor(browser, service.url, {
    extraHTTPHeaders: operatorBasic(service),
    ...more,
  });
const heading = (name: string | RegExp) => visitor.page.getByRole('heading', { name });
const toCompany = async () => {
  const { page } = visitor;
  await page.goto('/operator');
  await page.getByRole('link', { name: 'Companies' }).click();
  await page.getByLabel('Search').fill(company.id.slice(2));
  await page.getByRole('button', { name: 'Find' }).click();
  await page.getByRole('link', { name: 'Acme <img' }).click();
  await heading('Acme <img').waitFor();
};
const tab = (name: string) => visitor.page.getByRole('link', { name, exact: true }).last().click();
const press = (name: string) => visitor.page.getByRole('button', { name, exact: true }).click();
const audited = async (action: string) =>
  (await ctx.store.audit.list(company.id, { action }, { limit: 10 })).items.length;

test('a new company is set up without a call of the API', async () => {
  visitor = await signedIn();
  const { page } = visitor;
  const next = (name: string) => page.getByRole('link', { name }).click();
  await page.goto('/operator/pages/companies');
  await visitor.inspect();
  await page.getByRole('link', { name: 'New company' }).click();
  await press('Create company');
  await page.getByText('Enter a name of up to 200 characters.').waitFor();
  await visitor.inspect();
  await page.getByLabel('Name', { exact: true }).fill('Fresh Ltd');
  await press('Create company');
  await page.getByText('0 of 4 done').waitFor();
  await visitor.inspect();
  await next('Add a property');
  await page.getByLabel('Name', { exact: true }).fill('Shop');
  await page.getByLabel('Domain', { exact: true }).fill('shop.example');
  await press('Add property');
  await page.locator('#made-property-id').waitFor();
  await page.getByRole('button', { name: 'Revoke property Shop' }).waitFor();
  await visitor.inspect();
  await press('I have copied it');
  await next('Invite a person to the dashboard');
  await page.getByLabel('Email').fill('first@fresh.example');
  await press('Make link');
  const link = await page.locator('#link').innerText();
  expect((await fetch(link)).status).toBe(200);
  await visitor.inspect();
  await next('Create a token');
  await page.getByLabel('Token label').fill('CRM');
  await press('Create token');
  const token = await page.locator('#token').innerText();
  expect((await service.get('/wallet', { token })).status).toBe(200);
  await visitor.inspect();
  await next('Add money to the wallet');
  const amount = page.getByLabel('Amount in USD');
  await amount.fill('12,50');
  await press('Top up');
  await page.getByText('Enter dollars such as').waitFor();
  expect(await amount.inputValue()).toBe('12,50');
  await visitor.inspect();
  await amount.fill('12.50');
  await press('Top up');
  await heading('Add $12.50 to Fresh Ltd?').waitFor();
  await visitor.inspect();
  await press('Add $12.50');
  await page.getByText('The money was added.').waitFor();
  expect((await service.get('/wallet', { token })).body.balance_microusd).toBe(12_500_000);
  await tab('Overview');
  expect(await page.getByText('of 4 done').count()).toBe(0);
});

test('settings and the clean-up policy are changed, the latter once that is confirmed', async () => {
  visitor = await signedIn();
  const { page } = visitor;
  await toCompany();
  await tab('Settings');
  await page.getByLabel('IP allowlist').fill('nowhere');
  await press('Save settings');
  await page.getByText('Line 1 must be an IP address').waitFor();
  await visitor.inspect();
  await page.getByLabel('IP allowlist').fill('');
  await page.getByText('Where it differs from the standard').click();
  await page.getByLabel('Calls a second', { exact: true }).fill('50');
  await press('Save settings');
  await page.getByText('The settings were saved').waitFor();
  expect((await ctx.store.companies.find(company.id))?.limits).toEqual({ account_per_second: 50 });
  await visitor.inspect();
  await tab('Clean-ups');
  await visitor.inspect();
  await page.getByLabel('What happens to old data').selectOption('delete');
  await press('Save policy');
  await heading(/^Delete old data of Acme/).waitFor();
  await visitor.inspect();
  await press('Delete by this policy');
  await page.getByText('The clean-up policy was saved.').waitFor();
});

test('a token is revoked in a dialog that the keyboard can leave', async () => {
  visitor = await signedIn();
  const { page } = visitor;
  await toCompany();
  await tab('Credentials');
  const revoke = page.getByRole('button', { name: 'Revoke token test' });
  await revoke.click();
  await heading('Revoke the token test?').waitFor();
  expect(await focusedText(page)).toBe('Revoke the token test?');
  await visitor.inspect();
  await page.keyboard.press('Escape');
  await revoke.click();
  expect((await service.get('/wallet', { token: company.token })).status).toBe(200);
  await press('Revoke token');
  await page.getByText('The token was revoked').waitFor();
  expect((await service.get('/wallet', { token: company.token })).status).toBe(401);
});

test('a key pair is created, shown once and revoked', async () => {
  visitor = await signedIn();
  const { page } = visitor;
  await toCompany();
  await tab('Credentials');
  await page.getByLabel('Label (optional)').fill('Billing');
  await page.getByLabel('Expires after (optional)', { exact: true }).fill('2020-01-01');
  await press('Create key pair');
  await page.getByText('Enter a day that is not over yet').waitFor();
  await visitor.inspect();
  await page.getByLabel('Expires after (optional)', { exact: true }).fill('2099-12-31');
  await press('Create key pair');
  const [key, secret] = [
    await page.locator('#client-key').innerText(),
    await page.locator('#secret-key').innerText(),
  ];
  await visitor.inspect();
  const headers = { 'x-client-key': key, 'x-secret-key': secret };
  const call = async () => (await service.get('/v2/consent/user/u-1', { headers })).status;
  expect(await call()).toBe(404);
  await press('Revoke key pair Billing');
  await heading(`Revoke the key pair ${key}?`).waitFor();
  await press('Revoke key pair');
  await page.getByText('The key pair was revoked').waitFor();
  expect(await call()).toBe(498);
});

test('a person is looked up, held and released without any script', async () => {
  visitor = await signedIn({ javaScriptEnabled: false });
  const { page } = visitor;
  const holds = () => ctx.store.accounts.listHolds(company.id);
  await toCompany();
  await tab('Legal holds');
  await press('Look up');
  await page.getByText('Enter an ID of up to').waitFor();
  await page.getByLabel('Email, phone number').fill('anna@example.com');
  await press('Look up');
  await page.getByText('Read as the email address anna@example.com.').waitFor();
  expect(page.url()).not.toContain('anna');
  await page.getByLabel('Reason').fill('Case 7');
  await press('Place hold');
  await page.getByText('The legal hold was placed').waitFor();
  expect(await holds()).toMatchObject([{ scope: 'user', subject_id: 'anna@example.com' }]);
  await page.getByRole('link', { name: 'Lift hold Person anna@example.com' }).click();
  expect(page.url()).not.toContain('anna');
  await press('Lift hold');
  await page.getByText('The legal hold was lifted').waitFor();
  expect(await holds()).toEqual([]);
  expect(await audited('legal_hold.lifted')).toBe(1);
});
