import { runCsvBatch } from '../../../src/core/batches/run-csv-batch';
import { makeCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { signedInBrowser } from './scriptless-browser';

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
