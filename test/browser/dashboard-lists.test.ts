import type { Browser } from 'playwright-core';
import type { Context } from '../../src/context';
import { revokeConsents } from '../../src/core/portal/revoke-consents';
import { makeCertificate, makeCompany, type TestCompany } from '../helpers/company';
import { type Service, startService } from '../helpers/service';
import { startBrowser, type Visitor } from './browser';
import { enterDashboard } from './sign-in';

// Every state is inspected at length, and other runs share the machine.
jest.setTimeout(180_000);

const WIDE = { viewport: { width: 1280, height: 900 } };
const PAGE = 50;

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
  company = await makeCompany(ctx);
});
afterEach(() => visitor.leave());
afterAll(async () => {
  await browser.close();
  await service.close();
});

/** Signs a new user in, and opens a page. */
const enter = (path: string, options = {}) =>
  enterDashboard({ browser, service, company, path, options });

const press = (name: string) => visitor.page.getByRole('button', { name, exact: true }).click();
const follow = (name: string) => visitor.page.getByRole('link', { name, exact: true }).click();
const rows = () => visitor.page.getByRole('row').filter({ has: visitor.page.locator('th.first') });
const heading = (name: string) => visitor.page.getByRole('heading', { level: 1, name }).waitFor();

test('certificates are found by their beginnings and filters, and paged in both directions', async () => {
  for (let i = 0; i < PAGE + 2; i++) {
    await makeCertificate(ctx, company, {
      session_id: `web-${String(i).padStart(3, '0')}`,
      email: `p${String(i)}@example.com`,
    });
  }
  visitor = await enter('/dashboard/certificates', WIDE);
  const { page } = visitor;
  await page.getByText('52', { exact: true }).waitFor();
  await visitor.inspect();
  expect(await rows().count()).toBe(PAGE);
  await follow('Next page');
  await page.getByText('p1@example.com').waitFor();
  expect(await rows().count()).toBe(2);
  await follow('Previous page');
  await page.getByText('p51@example.com').waitFor();
  expect(await rows().count()).toBe(PAGE);

  await page.getByLabel('Search').fill('P1@');
  await press('Find');
  await page.getByText('p1@example.com').waitFor();
  expect(await rows().count()).toBe(1);
  await page.getByLabel('Search').fill('web-00');
  await page.getByLabel('State').selectOption('Revoked');
  await press('Find');
  await page.getByText('No certificate was found.').waitFor();
  await follow('Clear');
  const day = new Date().toISOString().slice(0, 10);
  await page.getByLabel('Property', { exact: true }).selectOption('Site');
  await page.getByLabel('Registered from').fill(day);
  await press('Find');
  await page.getByText('52', { exact: true }).waitFor();
  await page.getByLabel('Registered from').fill('2000-01-01');
  await page.getByLabel('until').fill('2000-01-02');
  await press('Find');
  await page.getByText('No certificate was found.').waitFor();
  await visitor.inspect();
});

test('what is ticked is counted, and still ticked after a dialog is left', async () => {
  const { id } = await makeCertificate(ctx, company);
  await makeCertificate(ctx, company);
  visitor = await enter('/dashboard/certificates', WIDE);
  const { page } = visitor;
  const bulk = page.getByRole('button', { name: 'Bulk Revoke' });
  await bulk.waitFor({ state: 'hidden' });
  const before = await rows().first().boundingBox();
  await page.getByRole('checkbox', { name: 'Select page' }).check();
  await bulk.waitFor();
  expect(await rows().first().boundingBox()).toEqual(before);
  await page.getByText('2 selected', { exact: true }).waitFor();
  await visitor.inspect();
  await page.getByRole('checkbox', { name: 'Select page' }).uncheck();
  await bulk.waitFor({ state: 'hidden' });
  await page.getByLabel(`Select ${id}`).check();
  await page.getByText('1 selected', { exact: true }).waitFor();
  await press('Bulk Revoke');
  await page.getByRole('dialog', { name: 'Revoke 1 certificate?' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByText('1 selected', { exact: true }).waitFor();
  expect(await page.getByLabel(`Select ${id}`).isChecked()).toBe(true);

  await page.getByLabel('Select all that match (2)').check();
  await page.getByText('All 2 selected').waitFor();
  await press('Bulk Revoke');
  const dialog = page.getByRole('dialog', { name: 'Revoke 2 certificates?' });
  await dialog.waitFor();
  await page.keyboard.press('Escape');
  await page.getByText('All 2 selected').waitFor();
  await press('Bulk Revoke');
  await dialog.getByRole('button', { name: 'Confirm' }).click();
  await page.getByText('2 certificates were revoked.').waitFor();
  // Nothing is sent again.
  await page.reload();
  await page.getByText('2 certificates were revoked.').waitFor();
});

test('on a phone filters are folded until one is set, and the page is selected below', async () => {
  const { id } = await makeCertificate(ctx, company);
  await makeCertificate(ctx, company);
  visitor = await enter('/dashboard/certificates');
  const { page } = visitor;
  const state = page.getByLabel('State', { exact: true });
  await state.waitFor({ state: 'hidden' });
  await visitor.inspect();
  await page.getByText('Filters').click();
  await state.selectOption('Active');
  await visitor.inspect();
  await press('Find');
  await page.waitForURL(/status=active/);
  await state.waitFor();
  await follow('Clear');
  await state.waitFor({ state: 'hidden' });
  await page.getByLabel(`Select ${id}`).check();
  await visitor.inspect();
  await page.getByRole('checkbox', { name: 'Select page' }).check();
  await page.getByText('2 selected', { exact: true }).waitFor();
  await page.goto('/dashboard/audit');
  await page.getByLabel('What').waitFor({ state: 'hidden' });
  await visitor.inspect();
});

test('a reference number is found wherever it is looked for', async () => {
  const email = 'jo@example.com';
  const { id } = await makeCertificate(ctx, company, { email });
  await makeCertificate(ctx, company);
  const { reference } = await revokeConsents({
    ctx,
    identifier: { kind: 'email', value: email },
    scope: { kind: 'all' },
    requestId: 'request-1',
    via: 'the portal',
    ip: '192.0.2.1',
    gpc: false,
  });
  visitor = await enter('/dashboard/revocations', WIDE);
  const { page } = visitor;
  await page.getByLabel('Reference number').fill('RSC-0000-0000-0000');
  await press('Look up');
  await page.getByText('No revocation of yours has this number.').waitFor();
  await visitor.inspect();
  await page.getByLabel('Reference number').fill(reference.toLowerCase());
  await press('Look up');
  await heading('Revocation');
  await page.getByText('Consumer portal').waitFor();
  await visitor.inspect();
  await follow('Show in the list of certificates');
  await heading('Certificates');
  expect(await rows().count()).toBe(1);
  await page.getByRole('link', { name: id }).click();
  await page.getByRole('heading', { name: 'Time line' }).waitFor();
  await page.getByText('Registered for Site').waitFor();
  await page.getByText('Revoked: Consumer portal').waitFor();
  await visitor.inspect();
  await page.goBack();
  await page.goBack();
  await follow('Show in the audit log');
  await heading('Audit log');
  expect(await rows().count()).toBe(1);
  await visitor.inspect();
});

test('the audit log is filtered by pick-lists, and access has a page of its own', async () => {
  await makeCertificate(ctx, company);
  visitor = await enter('/dashboard/audit', WIDE);
  const { page } = visitor;
  await page.getByRole('rowheader', { name: 'Signed in' }).first().waitFor();
  await visitor.inspect();
  await page.getByLabel('What').selectOption('Signed in');
  await press('Filter');
  await page.waitForURL(/action=user.signed_in/);
  expect(await rows().count()).toBe(1);
  await page.getByRole('cell', { name: /^admin-.*example$/ }).waitFor();
  await page.getByLabel('Who').selectOption('test (token)');
  await press('Filter');
  await page.getByText('No entry was found.').waitFor();
  await follow('Access');
  await heading('Access');
  await visitor.inspect();
});
