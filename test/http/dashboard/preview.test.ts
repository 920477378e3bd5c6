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
  const { location = '' } = await browser.post('/dashboard/revocations', form);
  const batchId = location?.split('/').pop() ?? '';
  const { signal } = new AbortController();
  expect(await runCsvBatch({ ctx: service.ctx, batchId, signal })).toBe('previewed');
  const { html } = await browser.get(location ?? '');
  expect(html).toContain('Columns used: E-mail 1 - Value. Not used: Status, &lt;b&gt;x&lt;/b&gt;.');
  expect(html).toContain('1 row says that consent is active');
  expect(html).toContain('None of 1 row matches a certificate');
});
