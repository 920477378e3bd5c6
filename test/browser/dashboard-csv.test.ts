import type { Browser } from 'playwright-core';
import { readConfig } from '../../src/config';
import { manyCertificates } from '../core/batches/many-certificates';
import { killAll, startWorker } from '../faults/processes';
import { newBatch } from '../../src/core/batches/new-batch';
import { collections } from '../helpers/collections';
import { CALLER, makeCertificate, makeCompany, type TestCompany } from '../helpers/company';
import { type Service, startService } from '../helpers/service';
import { testEnvironment } from '../helpers/settings';
import { until } from '../helpers/until';
import { startBrowser, type Visitor } from './browser';
import { enterDashboard } from './sign-in';

const ROWS = 100_000;
const PEOPLE = 2_000;
/** More than one bulk revocation can take. */
const SELECTED = 12_000;
const FORMULA = '=HYPERLINK("http://evil.example")';
/** Other runs share the machine, so anything may take long. */
const LONG_MS = 120_000;

jest.setTimeout(2 * LONG_MS);

let browser: Browser;
let service: Service;
let company: TestCompany;
let visitor: Visitor;

beforeAll(async () => {
  browser = await startBrowser();
  const env = testEnvironment();
  service = await startService(readConfig(env));
  company = await makeCompany(service.ctx);
  await startWorker(env);
});
afterEach(() => visitor.leave());
afterAll(async () => {
  await browser.close();
  await killAll();
  await service.close();
});

const emailOf = (person: number) => `person-${person}@example.com`;

/** Certificates of this many people: one is registered, the others are copies of it. */
async function makePeople(): Promise<void> {
  const { ctx } = service;
  const { id } = await makeCertificate(ctx, company, { email: emailOf(0) });
  const collection = collections(ctx).certificates;
  const original = await collection.findOne({ _id: id });
  const copies = Array.from({ length: PEOPLE - 1 }, (_, i) => ({
    ...original!,
    _id: `${id}-${i + 1}`,
    session_id: `person-${i + 1}`,
    email_hash: ctx.identifiers.ofPerson('email', emailOf(i + 1)),
  }));
  await collection.insertMany(copies);
}

/** Rows of people, then of nobody; the last two cells are markup and a formula. */
function file(): Buffer {
  const rows = Array.from({ length: ROWS }, (_, row) =>
    row < PEOPLE ? emailOf(row) : `nobody-${row}@example.com`,
  );
  rows[ROWS - 1] = `"${FORMULA.replaceAll('"', '""')}"`;
  rows[ROWS - 2] = '<img src=x onerror=alert(1)>';
  return Buffer.from(`email\n${rows.join('\n')}\n`);
}

const flagged = () =>
  collections(service.ctx).certificates.countDocuments({
    company_id: company.id,
    'opt_out.revoke': true,
    'opt_out.method': 'csv',
  });

/** Signs a new user in by hand. */
const enter = () => enterDashboard({ browser, service, company, path: '/dashboard/revocations' });

const choose = (content: Buffer | string) =>
  visitor.page.getByLabel('CSV file').setInputFiles({
    name: 'suppression.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(content),
  });
const press = (name: string) => visitor.page.getByRole('button', { name, exact: true }).click();
const count = async (name: string | RegExp) =>
  visitor.page.getByRole('row', { name }).getByRole('cell').innerText();

test('a file of 100,000 rows is previewed, committed and watched to its end', async () => {
  await makePeople();
  visitor = await enter();
  const { page } = visitor;
  await choose(file());
  await page.getByLabel('Reason').fill('suppression list of November');
  await press('Upload');
  const bar = page.getByRole('progressbar');
  await bar.waitFor();
  // The page updates itself and is never reloaded.
  await page.evaluate('window.stayed = true');
  await page.getByRole('button', { name: 'Commit' }).waitFor({ timeout: LONG_MS });
  expect(await page.evaluate('window.stayed')).toBe(true);
  expect(await count(/^To be revoked/)).toBe('2,000');
  expect(await count('Not valid')).toBe('2');
  expect(await count('Not found')).toBe('97,998');
  expect(await flagged()).toBe(0);
  await visitor.inspect();

  await press('Commit');
  await bar.waitFor();
  const value = async () => (await bar.getAttribute('value')) ?? 'none';
  const seen = new Set([await value()]);
  await visitor.inspect();
  await page.evaluate('window.stayed = true');
  await until(
    'the batch is completed',
    async () => {
      seen.add(await value());
      return page.getByText('Completed', { exact: true }).isVisible();
    },
    LONG_MS,
  );
  expect(await page.evaluate('window.stayed')).toBe(true);
  expect(seen.size).toBeGreaterThan(1);
  expect(await value()).toBe(String(ROWS));
  expect(await count('Certificates revoked')).toBe('2,000');
  expect(await flagged()).toBe(PEOPLE);
  // Polling stops once nothing more is to come.
  expect(await page.locator('[hx-trigger]').count()).toBe(0);
  await visitor.inspect();

  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download errors' }).click(),
  ]);
  const chunks: Buffer[] = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
  const errors = Buffer.concat(chunks).toString();
  expect(errors.split('\n')).toHaveLength(ROWS - PEOPLE + 2);
  expect(errors).toContain("'=HYPERLINK");
});

test('a selection that is too long for one request is watched to its end, and can be left', async () => {
  company = await makeCompany(service.ctx);
  const ids = await manyCertificates(service.ctx, company, SELECTED);
  visitor = await enter();
  const { page } = visitor;
  await page.getByRole('link', { name: 'Certificates' }).click();
  await page
    .getByLabel(/^Select EC-/)
    .first()
    .check();
  await page.getByLabel('Select all that match').check();
  await press('Bulk Revoke');
  await page.getByRole('dialog', { name: 'Revoke 12,000 certificates?' }).waitFor();
  await visitor.inspect();
  await press('Confirm');
  await page.waitForURL(/\/dashboard\/revocations\/bat_/);
  await page.getByRole('progressbar').waitFor();
  await page.evaluate('window.stayed = true');
  // Closing the page loses nothing: the batch is in the list.
  const colleague = await enter();
  await colleague.page
    .getByRole('row', { name: 'A list of certificates' })
    .getByRole('link')
    .click();
  await colleague.page.getByRole('progressbar').waitFor();
  for (const seen of [page, colleague.page]) {
    await seen.getByText('Completed', { exact: true }).waitFor({ timeout: LONG_MS });
  }
  expect(await page.evaluate('window.stayed')).toBe(true);
  expect(await count('Certificates revoked')).toBe('12,000');
  await colleague.leave();
  const inBulk = await collections(service.ctx).certificates.countDocuments({
    _id: { $in: ids },
    'opt_out.revoke': true,
    'opt_out.method': 'bulk',
  });
  expect(inBulk).toBe(SELECTED);
  await visitor.inspect();
});

test('a file that cannot be read is refused beside its field, and the reason stays', async () => {
  visitor = await enter();
  const { page } = visitor;
  await page.getByLabel('Reason').fill('my reason');
  await choose('name,city\nAnn,Berlin\n');
  await press('Upload');
  const error = page.locator('#file-error');
  await error.waitFor();
  expect(await page.getByLabel('Reason').inputValue()).toBe('my reason');
  expect(await page.getByLabel('CSV file').getAttribute('aria-describedby')).toContain(
    'file-error',
  );
  await visitor.inspect();
});

test('a user signed out while a batch runs is asked to sign in, and comes back to it', async () => {
  visitor = await enter();
  const { page, context } = visitor;
  const batch = newBatch({
    company_id: company.id,
    method: 'csv',
    state: 'queued',
    open: true,
    caller: CALLER,
    created_at: new Date(),
  });
  await service.ctx.store.batches.insert({ ...batch, enqueued_at: new Date() });
  await page.goto(`/dashboard/revocations/${batch._id}`);
  await page.getByText('Waiting to begin').waitFor();
  await context.clearCookies();
  await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
  expect(new URL(page.url()).searchParams.get('next')).toBe(`/dashboard/revocations/${batch._id}`);
});

test('a preview can be cancelled, and a colleague who then commits it is told', async () => {
  await makeCertificate(service.ctx, company, { email: 'ann@example.com' });
  visitor = await enter();
  const { page } = visitor;
  await choose('email\nann@example.com\n');
  await press('Upload');
  await page.getByRole('button', { name: 'Commit' }).waitFor({ timeout: LONG_MS });
  const colleague = await enter();
  await colleague.page.goto(page.url());
  await press('Cancel batch');
  await page.getByText('Cancelled: nothing has been revoked').waitFor();
  await colleague.page.getByRole('button', { name: 'Commit' }).click();
  await colleague.page.getByText('The batch has moved on meanwhile').waitFor();
  await colleague.leave();
  const found = await service.ctx.store.certificates.list(company.id, {}, { limit: 1 });
  expect(found.items[0]?.opt_out.revoke).toBe(false);
  await page.goto('/dashboard/revocations');
  expect(await page.getByRole('row', { name: /Cancelled/ }).count()).toBe(1);
  await visitor.inspect();
});
