import type { Browser } from 'playwright-core';
import { sampleHealth } from '../../src/core/health/sample-health';
import type { Context } from '../../src/context';
import { makeCompany, type TestCompany } from '../helpers/company';
import { type Service, startService } from '../helpers/service';
import { beatOf, failJob, recordRevocation } from '../core/health/scene';
import { anEmail, makeOperator, PASSWORD } from '../core/operators/scene';
import { insertBatch } from '../http/operator-pages/insert-batch';
import { operatorBasic } from '../http/operator-pages/operator-browser';
import { openVisitor, startBrowser, type Visitor } from './browser';

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
const audited = async (action: string) =>
  (await ctx.store.audit.list(company.id, { action }, { limit: 10 })).items.length;

test('health at a glance, with charts, a table and a page for each queue', async () => {
  await sampleHealth({ ctx, now: new Date(Date.now() - 60 * 60_000) });
  await beatOf(ctx, 'worker-a');
  visitor = await signedIn();
  const { page } = visitor;
  await page.goto('/operator');
  await page.getByText('Nothing needs you').waitFor();
  const lag = page.getByRole('img', { name: /^Age of the oldest recorded work: at most/ });
  await lag.locator('canvas').waitFor();
  await page.getByText('The same as a table').click();
  await page.getByRole('cell', { name: 'not measured' }).first().waitFor();
  await visitor.inspect();
  // The page keeps itself fresh: nothing is loaded anew here.
  await ctx.queues.byName.mail.pause();
  await ctx.queues.byName.mail.add('send-mail', { mail_id: 'mail_1' });
  await page.getByRole('button', { name: 'Resume mail' }).waitFor();
  await page.getByText(/^\d things? needs? you$/).waitFor();
  await visitor.inspect();
  await page.getByRole('button', { name: 'Resume mail' }).click();
  await page.getByText('The queue was resumed').waitFor();
  expect(await ctx.queues.byName.mail.isPaused()).toBe(false);
  await page.getByRole('link', { name: 'csv-revocations' }).click();
  await heading('csv-revocations').waitFor();
  await visitor.inspect();
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
  await page.getByRole('button', { name: 'Retry all of these' }).click();
  await heading('Retry 1 job?').waitFor();
  await visitor.inspect();
  await page.getByRole('link', { name: 'Cancel' }).click();
  await page.getByRole('link', { name: /^follow-up-revocation/ }).click();
  await heading(/^follow-up-revocation/).waitFor();
  await visitor.inspect();
  await page.goBack();
  await page.getByRole('button', { name: /^Retry follow-up-revocation/ }).click();
  await page.getByText('The job is tried again.').waitFor();
  expect(await ctx.queues.byName['opt-outs'].getWaitingCount()).toBe(1);
  expect(await audited('job.retried')).toBe(1);
  await page.getByRole('link', { name: 'Batches' }).click();
  await heading('Batches').waitFor();
  await visitor.inspect();
});

test('a failed batch is found by its id, and resumed once that is confirmed', async () => {
  await insertBatch(service, company, `bat_${company.id}`, { file_name: 'list.csv' });
  visitor = await signedIn();
  const { page } = visitor;
  await page.goto('/operator');
  await page.getByLabel('Look up').fill(`bat_${company.id}`);
  await page.getByRole('button', { name: 'Go' }).click();
  await heading(`Search for “bat_${company.id}”`).waitFor();
  await visitor.inspect();
  await page.goto('/operator/pages/batches?state=failed');
  await visitor.inspect();
  await page.getByRole('link', { name: 'list.csv' }).click();
  await heading('list.csv').waitFor();
  await visitor.inspect();
  await page.getByRole('button', { name: 'Resume batch' }).click();
  await page.getByLabel('Reason').fill('the disk is mended');
  await visitor.inspect();
  await page.getByRole('button', { name: 'Resume batch' }).click();
  await page.getByText('carries on where it stopped').waitFor();
  await page.getByText('the disk is mended').waitFor();
  expect(await audited('batch.resumed')).toBe(1);
});

test('the queue board is one click away', async () => {
  visitor = await signedIn();
  await visitor.page.goto('/operator');
  const board = visitor.page.getByRole('link', { name: 'Queue board' });
  expect(await board.getAttribute('href')).toBe('/operator/queues');
  const reply = await visitor.page.request.get('/operator/queues');
  expect(reply.status()).toBe(200);
});

test('an operator signs in by the page, and invites another', async () => {
  const { email } = await makeOperator(ctx);
  visitor = await openVisitor(browser, service.url);
  const { page } = visitor;
  await page.goto('/operator/login?next=/operator/pages/operators');
  await heading('Sign in as an operator').waitFor();
  await visitor.inspect();
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill('wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('do not belong together').waitFor();
  await visitor.inspect();
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await heading('Invite an operator').waitFor();
  const colleague = anEmail();
  await page.getByLabel('Email').fill(colleague);
  await page.getByLabel('Your password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Make sign-in link' }).click();
  const link = await page.locator('#link').innerText();
  await visitor.inspect();
  await page.getByRole('button', { name: 'I have copied it' }).click();
  await page.getByRole('button', { name: `Remove ${colleague}` }).click();
  await page.getByRole('dialog').waitFor();
  await visitor.inspect();
  await page.getByRole('link', { name: 'Cancel' }).click();
  for (const [name, seen] of [
    ['My account', 'Change password'],
    ['Audit log', 'Filter'],
  ] as const) {
    await page.getByRole('link', { name }).click();
    await page.getByRole('button', { name: seen }).waitFor();
    await visitor.inspect();
  }
  await page.getByRole('button', { name: 'Sign out' }).click();
  await heading('Sign in as an operator').waitFor();
  await page.goto(link);
  await heading('Choose a password').waitFor();
  await visitor.inspect();
});
