import { runCsvBatch } from '../../../src/core/batches/run-csv-batch';
import { MINUTE_MS } from '../../../src/lib/durations';
import { collections } from '../../helpers/collections';
import { makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { type Browser, signedInBrowser } from './scriptless-browser';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

test('a preview shows which columns it uses, and what looks wrong', async () => {
  const browser = await signedInBrowser(service, await makeCompany(service.ctx));
  const form = new FormData();
  form.append('form_token', browser.formToken());
  const file = 'Status,E-mail 1 - Value,<b>x</b>\nactive,nobody@example.com,y\n';
  form.append('file', new Blob([file]), 'list.csv');
  const { location } = await browser.post('/dashboard/revocations', form);
  const batchId = location?.split('/').pop() ?? '';
  const { signal } = new AbortController();
  expect(await runCsvBatch({ ctx: service.ctx, batchId, signal })).toBe('previewed');
  const { html } = await browser.get(location ?? '');
  expect(html).toContain('<dt>Columns used</dt><dd>E-mail 1 - Value</dd>');
  expect(html).toContain('<dt>Not used</dt><dd>Status, &lt;b&gt;x&lt;/b&gt;</dd>');
  expect(html).toContain('>list.csv</h1>');
  expect(html).toContain(browser.email);
  expect((await browser.get('/dashboard/revocations')).html).toContain('>list.csv</a>');
  expect(html).toContain('1 row says that consent is active');
  expect(html).toContain('None of 1 row matches a certificate');
});

describe('the form of an upload', () => {
  const CSV = 'email\nnobody@example.com\n';
  let company: TestCompany;
  let browser: Browser;
  beforeEach(async () => {
    company = await makeCompany(service.ctx);
    browser = await signedInBrowser(service, company);
    await browser.get('/dashboard/revocations');
  });
  const send = async (file = CSV, reason = '') => {
    const form = new FormData();
    form.append('form_token', browser.formToken());
    form.append('operation_id', browser.operationId());
    form.append('reason', reason);
    form.append('file', new Blob([file]), 'list.csv');
    const { status, location } = await browser.post('/dashboard/revocations', form);
    expect(status).toBe(303);
    return location?.split('/').pop() ?? '';
  };
  const batches = () => collections(service.ctx).batches.find({ company_id: company.id }).toArray();

  test('sent twice, also at once, makes one preview and keeps one file', async () => {
    const [first, second] = await Promise.all([send(), send()]);
    expect([second, await send()]).toEqual([first, first]);
    // What is not one has been discarded with its file.
    expect(await batches()).toMatchObject([{ _id: first, state: 'queued' }]);
  });

  test('with another file, another reason or a new form it makes another', async () => {
    const sent = [await send(), await send(`${CSV}a@example.com\n`), await send(CSV, 'Asked')];
    await browser.get('/dashboard/revocations');
    sent.push(await send());
    expect(new Set(sent).size).toBe(4);
    expect(await batches()).toHaveLength(4);
  });

  test('makes another once the first was cancelled, or is ten minutes old', async () => {
    const cancelled = await send();
    await browser.post(`/dashboard/revocations/${cancelled}/cancel`, {});
    const next = await send();
    expect(next).not.toBe(cancelled);
    await browser.get('/dashboard/revocations');
    const old = await send();
    const created_at = new Date(Date.now() - 11 * MINUTE_MS);
    await collections(service.ctx).batches.updateOne({ _id: old }, { $set: { created_at } });
    expect(await send()).not.toBe(old);
  });
});

test('a file that is too many is refused beside its field', async () => {
  const company = await makeCompany(service.ctx, { settings: { limits: { open_uploads: 1 } } });
  const browser = await signedInBrowser(service, company);
  const send = () => {
    const form = new FormData();
    form.append('form_token', browser.formToken());
    form.append('file', new Blob(['email\nnobody@example.com\n']), 'list.csv');
    return browser.post('/dashboard/revocations', form);
  };
  expect((await send()).status).toBe(303);
  const refused = await send();
  expect(refused.status).toBe(429);
  expect(refused.html).toContain('The company has as many files waiting as it may have');
});
