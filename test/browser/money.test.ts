import type { Browser } from 'playwright-core';
import type { Context } from '../../src/context';
import { recordActivity } from '../../src/core/activity/record-activity';
import { DAY_MS } from '../../src/lib/durations';
import { moveMoney } from '../core/wallet/ledger-scene';
import { collections } from '../helpers/collections';
import { CONSENT, makeCertificate, makeCompany, type TestCompany } from '../helpers/company';
import { startPostman } from '../helpers/postman';
import { type Service, startService } from '../helpers/service';
import { until } from '../helpers/until';
import { operatorBasic } from '../http/operator-pages/operator-browser';
import { walletOf } from '../helpers/wallet';
import { focusedText, openVisitor, startBrowser, type Visitor } from './browser';
import { enterDashboard } from './sign-in';

// Every state is inspected at length, and other runs share the machine.
jest.setTimeout(180_000);

const DESK = { viewport: { width: 1280, height: 900 } };

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
  company = await makeCompany(ctx, { balanceMicrousd: 2_000_000 });
});
afterEach(() => visitor.leave());
afterAll(async () => {
  await browser.close();
  await service.close();
});

/** Signs a new user in by hand. */
const enter = (options = {}) => enterDashboard({ browser, service, company, options });

const balance = async () => (await walletOf(ctx, company.id))?.balance_microusd;

test('the overview shows what happened, in a chart and in a table, also on a phone', async () => {
  const { id } = await makeCertificate(ctx, company);
  const check = { ...company.ids, certificate_id: id, consent: CONSENT };
  for (let i = 0; i < 4; i++) await service.post('/verify/match', check);
  await service.post(`/certificates/${id}/revoke`, {}, { token: company.token });
  await service.post('/verify/match', check);
  await recordActivity({ ctx });
  for (const options of [{}, DESK]) {
    if (options === DESK) await visitor.leave();
    visitor = await enter(options);
    const { page } = visitor;
    await page.getByRole('img', { name: /^Chart: 4 checks allowed and 1 refused/ }).waitFor();
    await page.locator('.chart canvas').waitFor();
    await page.getByText('Show as a table').click();
    const today = new Date().toISOString().slice(0, 10);
    await page.getByRole('row', { name: `${today} 4 1` }).waitFor();
    await page.getByRole('row', { name: 'API 1 100%' }).waitFor();
    await visitor.inspect();
  }
});

test('a new company is led to its first check, whose step ticks itself', async () => {
  visitor = await enter();
  const { page } = visitor;
  await page.getByText('2 of 5').waitFor();
  await visitor.inspect();
  expect(await page.locator('#certificate-call').innerText()).toContain(company.propertyId);
  const { id } = await makeCertificate(ctx, company);
  await page.reload();
  expect(await page.locator('#check-call').innerText()).toContain(id);
  await visitor.inspect();
  const check = { ...company.ids, certificate_id: id, consent: CONSENT };
  await service.post('/verify/match', check);
  await page.reload();
  await page.getByText('4 of 5').waitFor();
  await page.getByRole('button', { name: 'Mark as done' }).click();
  await page.getByText('First steps').waitFor({ state: 'detached' });
  await page.reload();
  expect(await page.getByText('First steps').count()).toBe(0);
});

test('a large top-up is asked about, requested, seen by the operator and approved', async () => {
  visitor = await enter(DESK);
  const { page } = visitor;
  await page.getByRole('link', { name: 'Wallet', exact: true }).click();
  await visitor.inspect();
  await page.getByRole('link', { name: 'Top up', exact: true }).click();
  const amount = page.getByLabel('Amount (USD)');
  await amount.fill('much');
  await page.getByRole('button', { name: 'Request top-up' }).click();
  await page.getByText('Enter dollars like 250.00').waitFor();
  expect(await amount.inputValue()).toBe('much');
  await visitor.inspect();
  await amount.fill('25,000');
  await page.getByRole('button', { name: 'Request top-up' }).click();
  await page.getByRole('dialog', { name: 'Top up $25,000.00?' }).waitFor();
  expect(await focusedText(page)).toBe('Top up $25,000.00?');
  await visitor.inspect();
  await page.getByRole('button', { name: 'Request $25,000.00' }).click();
  await page.getByText('The top-up was requested.').waitFor();
  // Neither reloading nor going back asks again.
  await page.reload();
  await page.goBack();
  await page.goForward();
  expect(await page.getByRole('button', { name: /^Cancel the top-up of/ }).count()).toBe(1);
  await visitor.inspect();

  const extraHTTPHeaders = operatorBasic(service);
  const operator = await openVisitor(browser, service.url, { extraHTTPHeaders });
  await operator.page.goto('/operator/pages/top-ups');
  await operator.inspect();
  await operator.page.getByRole('button', { name: 'Approve $25,000.00 for Example Corp' }).click();
  await operator.page
    .getByRole('heading', { name: 'Approve $25,000.00 for Example Corp?' })
    .waitFor();
  await operator.inspect();
  await operator.page.getByRole('button', { name: 'Approve $25,000.00 for Example Corp' }).click();
  await operator.page.getByText('The top-up was approved').waitFor();
  await operator.inspect();
  await operator.leave();
  expect(await balance()).toBe(25_002_000_000);
  await page.reload();
  await page.getByText('Approved', { exact: true }).waitFor();
});

test('what waits is cancelled, and the operator’s reason is read, without any script', async () => {
  visitor = await enter({ javaScriptEnabled: false });
  const { page } = visitor;
  const ask = async (usd: string) => {
    await page.goto('/dashboard/wallet/top-up');
    await page.getByLabel('Amount (USD)').fill(usd);
    await page.getByRole('button', { name: 'Request top-up' }).click();
  };
  await ask('5');
  await page.getByRole('button', { name: 'Cancel the top-up of $5.00' }).click();
  await page.getByText('The top-up was cancelled.').waitFor();
  await ask('6');

  const extraHTTPHeaders = operatorBasic(service);
  const operator = await openVisitor(browser, service.url, { extraHTTPHeaders });
  await operator.page.goto(`/operator/pages/companies/${company.id}`);
  await operator.page.getByRole('link', { name: 'Decline $6.00 for Example Corp' }).click();
  await operator.page.getByRole('button', { name: 'Decline' }).click();
  await operator.page.getByText('Say why').waitFor();
  await operator.inspect();
  await operator.page.getByLabel('Reason').fill('The invoice of May is open.');
  await operator.page.getByRole('button', { name: 'Decline' }).click();
  await operator.page.getByText('The top-up was declined.').waitFor();
  await operator.leave();
  await page.goto('/dashboard/wallet');
  await page.getByText('The invoice of May is open.').waitFor();
  expect(await balance()).toBe(2_000_000);
});

test('the amount below which the balance is low is changed, and where mails are read', async () => {
  visitor = await enter();
  const { page } = visitor;
  await page.goto('/dashboard/wallet');
  await page.getByRole('link', { name: 'Change', exact: true }).click();
  await visitor.inspect();
  await page.getByLabel('Low below (USD)').fill('plenty');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Enter dollars like 5.00').waitFor();
  await visitor.inspect();
  await page.getByLabel('Low below (USD)').fill('1.50');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('low below $1.50').waitFor();

  const extraHTTPHeaders = operatorBasic(service);
  const operator = await openVisitor(browser, service.url, { extraHTTPHeaders });
  const postman = startPostman(ctx);
  await until('the notice of the sign-in', () => collections(ctx).inboxMails.findOne());
  await postman.stop();
  await operator.page.goto('/operator/mails');
  await operator.inspect();
  await operator.page.getByRole('link', { name: 'New sign-in to your account' }).first().click();
  await operator.page.getByText('in a browser in which you had not signed in before').waitFor();
  await operator.inspect();
  await operator.leave();
});

test('spend has a chart with dates and a table, and each month a statement to download', async () => {
  const created_at = new Date(Date.now() - 80 * DAY_MS);
  await collections(ctx).companies.updateOne({ _id: company.id }, { $set: { created_at } });
  await moveMoney(ctx, company.id, 'check_match', -15_000, new Date(Date.now() - DAY_MS));
  visitor = await enter(DESK);
  const { page } = visitor;
  await page.getByRole('link', { name: 'Wallet', exact: true }).click();
  await page.locator('.chart canvas').waitFor();
  await page.getByText('Show as a table').click();
  const yesterday = new Date(Date.now() - DAY_MS).toISOString().slice(0, 10);
  await page.getByRole('row', { name: `${yesterday} $0.015` }).waitFor();
  await visitor.inspect();
  const month = new Date().toISOString().slice(0, 7);
  for (const ending of ['csv', 'pdf']) {
    const link = page.locator(`a[href$="${month}.${ending}"]`);
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
    expect(download.suggestedFilename()).toBe(`wallet-statement-${month}.${ending}`);
    expect(await download.failure()).toBeNull();
  }
});
