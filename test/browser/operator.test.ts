import type { Browser } from 'playwright-core';
import { sampleHealth } from '../../src/core/health/sample-health';
import type { Context } from '../../src/context';
import { makeCompany, type TestCompany } from '../helpers/company';
import { type Service, startService } from '../helpers/service';
import { failJob, recordRevocation } from '../core/health/scene';
import { focusedText, openVisitor, startBrowser, type Visitor } from './browser';
import { walletOf } from '../helpers/wallet';
import { waitForRedis } from '../helpers/redis';

let browser: Browser;
let service: Service;
let ctx: Context;
let company: TestCompany;
let visitor: Visitor;

beforeAll(async () => {
  browser = await startBrowser();
  service = await startService();
  ({ ctx } = service);
  waitForRedis(ctx);
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
    httpCredentials: { username: 'operator', password: ctx.config.operatorToken },
    ...more,
  });
const heading = (name: string | RegExp) => visitor.page.getByRole('heading', { name });
const toCompany = async () => {
  const { page } = visitor;
  await page.goto('/operator');
  await page.getByRole('link', { name: 'Companies' }).click();
  await page.getByLabel('Search').fill(company.id.slice(2));
  await page.getByRole('button', { name: 'Find' }).click();
  await page.getByRole('link', { name: company.id }).click();
  await heading('Acme <img').waitFor();
};
const audited = async (action: string) =>
  (await ctx.store.audit.list(company.id, { action }, { limit: 10 })).items.length;

test('health at a glance, with charts, a table and a page for each queue', async () => {
  await sampleHealth({ ctx, now: new Date(Date.now() - 60 * 60_000) });
  visitor = await signedIn();
  const { page } = visitor;
  await page.goto('/operator');
  await page.getByText('Everything is working').waitFor();
  expect(await page.getByRole('img', { name: /^Outbox lag: at most/ }).count()).toBe(1);
  await page.getByText('The same as a table').click();
  await page.getByRole('cell', { name: 'not measured' }).first().waitFor();
  await visitor.inspect();
  await page.getByRole('link', { name: 'csv-revocations' }).click();
  await heading('csv-revocations').waitFor();
  await visitor.inspect();
});

test('a company is found, and its wallet topped up', async () => {
  visitor = await signedIn();
  const { page } = visitor;
  await toCompany();
  await visitor.inspect();
  const amount = page.getByLabel('Amount in USD');
  await amount.fill('12,50');
  await page.getByRole('button', { name: 'Top up' }).click();
  await page.getByText('Enter dollars such as').waitFor();
  expect(await amount.inputValue()).toBe('12,50');
  await visitor.inspect();
  await amount.fill('12.50');
  await page.getByRole('button', { name: 'Top up' }).click();
  await page.getByText('The money was added.').waitFor();
  expect((await walletOf(ctx, company.id))?.balance_microusd).toBe(12_500_000);
  expect(await audited('wallet.topped_up')).toBe(1);
});

test('a token is revoked in a dialog that the keyboard can leave', async () => {
  visitor = await signedIn();
  const { page } = visitor;
  await toCompany();
  const revoke = page.getByRole('button', { name: 'Revoke token test' });
  await revoke.click();
  await heading('Revoke the token test?').waitFor();
  expect(await focusedText(page)).toBe('Revoke the token test?');
  await visitor.inspect();
  await page.keyboard.press('Escape');
  await revoke.click();
  expect((await service.get('/wallet', { token: company.token })).status).toBe(200);
  await page.getByRole('button', { name: 'Revoke token' }).click();
  await page.getByText('The token was revoked').waitFor();
  expect((await service.get('/wallet', { token: company.token })).status).toBe(401);
});

test('a key pair is created, shown once and revoked, and a property is added', async () => {
  visitor = await signedIn();
  const { page } = visitor;
  await toCompany();
  await page.getByLabel('Label (optional)').fill('Billing');
  await page.getByLabel('Expires after (optional)').fill('2020-01-01');
  await page.getByRole('button', { name: 'Create key pair' }).click();
  await page.getByText('Enter a day that is not over yet').waitFor();
  await visitor.inspect();
  await page.getByLabel('Expires after (optional)').fill('2099-12-31');
  await page.getByRole('button', { name: 'Create key pair' }).click();
  const [key, secret] = [
    await page.locator('#client-key').innerText(),
    await page.locator('#secret-key').innerText(),
  ];
  await visitor.inspect();
  const headers = { 'x-client-key': key, 'x-secret-key': secret };
  const call = async () => (await service.get('/v2/consent/user/u-1', { headers })).status;
  expect(await call()).toBe(404);
  await page.getByRole('button', { name: 'Revoke key pair Billing' }).click();
  await heading(`Revoke the key pair ${key}?`).waitFor();
  await visitor.inspect();
  await page.getByRole('button', { name: 'Revoke key pair' }).click();
  await page.getByText('The key pair was revoked').waitFor();
  expect(await call()).toBe(498);
  await page.getByLabel('Name', { exact: true }).fill('Shop');
  await page.getByLabel('Domain', { exact: true }).fill('shop.example');
  await page.getByRole('button', { name: 'Add property' }).click();
  await page.locator('#made-property-id').waitFor();
  await page.getByRole('button', { name: 'Revoke property Shop' }).waitFor();
  await visitor.inspect();
});

test('a legal hold is placed and lifted without any script', async () => {
  visitor = await signedIn({ javaScriptEnabled: false });
  const { page } = visitor;
  const holds = () => ctx.store.accounts.listHolds(company.id);
  await toCompany();
  await page.getByLabel('What it covers').selectOption('One user');
  await page.getByLabel('Reason').fill('Case 7');
  await page.getByRole('button', { name: 'Place hold' }).click();
  await page.getByText('Enter an ID of up to').waitFor();
  expect(await page.getByLabel('Reason').inputValue()).toBe('Case 7');
  await page.getByLabel('User ID or certificate ID').fill('user-1');
  await page.getByRole('button', { name: 'Place hold' }).click();
  await page.getByText('The legal hold was placed').waitFor();
  expect(await holds()).toMatchObject([{ scope: 'user', subject_id: 'user-1' }]);
  await page.getByRole('button', { name: 'Lift hold User user-1' }).click();
  await page.getByRole('button', { name: 'Lift hold' }).click();
  await page.getByText('The legal hold was lifted').waitFor();
  expect(await holds()).toEqual([]);
  expect(await audited('legal_hold.lifted')).toBe(1);
});

test('a failed job is retried from the list', async () => {
  const { _id } = await recordRevocation(ctx, company.id);
  await failJob(ctx, 'opt-outs', 'follow-up-revocation', { revocation_id: _id });
  visitor = await signedIn();
  const { page } = visitor;
  await page.goto('/operator');
  await page.getByRole('link', { name: 'Jobs' }).click();
  await page.getByRole('button', { name: /^Retry follow-up-revocation/ }).waitFor();
  await visitor.inspect();
  await page.getByRole('button', { name: /^Retry follow-up-revocation/ }).click();
  await page.getByText('The job is tried again.').waitFor();
  expect(await ctx.queues.byName['opt-outs'].getWaitingCount()).toBe(1);
  expect(await audited('job.retried')).toBe(1);
  await page.getByRole('link', { name: 'Batches' }).click();
  await page.getByText('No batch is stuck.').waitFor();
  await visitor.inspect();
});

test('the queue board is one click away', async () => {
  visitor = await signedIn();
  await visitor.page.goto('/operator');
  const board = visitor.page.getByRole('link', { name: 'Queue board' });
  expect(await board.getAttribute('href')).toBe('/operator/queues');
  const reply = await visitor.page.request.get('/operator/queues');
  expect(reply.status()).toBe(200);
});
