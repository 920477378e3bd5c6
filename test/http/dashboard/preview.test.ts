import { runCsvBatch } from '../../../src/core/batches/run-csv-batch';
import { MINUTE_MS } from '../../../src/lib/durations';
import { collections } from '../../helpers/collections';
import { makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
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

/** Uploads a file, and has it previewed. */
async function preview(browser: Browser, file: string): Promise<string> {
  const form = new FormData();
  form.append('form_token', browser.formToken());
  form.append('file', new Blob([file]), 'list.csv');
  const { location } = await browser.post('/dashboard/revocations', form);
  const batchId = location?.split('/').pop() ?? '';
  const { signal } = new AbortController();
  expect(await runCsvBatch({ ctx: service.ctx, batchId, signal })).toBe('previewed');
  return location ?? '';
}

/** What people read, without tags. */
const words = (html: string) =>
  html
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();

test('a preview counts rows and certificates as the batch does later, as not revoked yet', async () => {
  const company = await makeCompany(service.ctx);
  const email = 'twice@example.com';
  for (const session_id of ['one', 'two']) {
    await makeCertificate(service.ctx, company, { session_id, email });
  }
  const browser = await signedInBrowser(service, company);
  const path = await preview(browser, `email\n${email}\nnobody@example.com\n`);
  const shown = words((await browser.get(path)).html);
  expect(shown).toContain('To be revoked 1');
  expect(shown).toContain('Certificates to be revoked 2');
  expect(shown).toContain('Committing revokes 2 certificates (1 row) for good');
  expect(shown).toContain('Cancel batch Nothing has been revoked.');
  for (const list of ['/dashboard/revocations', '/dashboard']) {
    expect(words((await browser.get(list)).html)).toContain('2 to be revoked');
  }
  await browser.postAndFollow(`${path}/commit`, {});
  const { signal } = new AbortController();
  await runCsvBatch({ ctx: service.ctx, batchId: path.split('/').pop() ?? '', signal });
  const done = words((await browser.get(path)).html);
  expect(done).toContain('Revoked 1');
  expect(done).toContain('Certificates revoked 2');
  expect(words((await browser.get('/dashboard/revocations')).html)).not.toContain('to be revoked');
});

test('a preview that would revoke nothing, and one that is cancelled, say so', async () => {
  const company = await makeCompany(service.ctx);
  await makeCertificate(service.ctx, company, { email: 'still@example.com' });
  const browser = await signedInBrowser(service, company);
  const empty = (await browser.get(await preview(browser, 'email\n'))).html;
  expect(empty).toContain('There is nothing to revoke');
  expect(empty).not.toContain('/commit');
  const path = await preview(browser, 'email\nstill@example.com\n');
  const { html } = await browser.postAndFollow(`${path}/cancel`, {});
  expect(words(html)).toContain('Cancelled: nothing has been revoked');
  expect(words(html)).toContain('Would be revoked 1');
  expect(words((await browser.get('/dashboard/revocations')).html)).not.toContain(
    '1 to be revoked',
  );
});

test('a file may be for some channels only, which its preview says before it is committed', async () => {
  const company = await makeCompany(service.ctx);
  const email = 'calls@example.com';
  const { id } = await makeCertificate(service.ctx, company, { email });
  const browser = await signedInBrowser(service, company);
  const send = async (channels: string[], file: string) => {
    const form = new FormData();
    form.append('form_token', browser.formToken());
    form.append('by_channel', '1');
    for (const channel of channels) form.append('channels', channel);
    form.append('file', new Blob([file]), 'list.csv');
    return browser.post('/dashboard/revocations', form);
  };
  const none = await send([], `email\n${email}\n`);
  expect([none.status, none.location]).toEqual([400, null]);
  expect(none.html).toContain('>Choose at least one: calls, text messages or emails.<');
  // What is ticked stays so while another field is wrong.
  const wrong = await send(['text'], '');
  expect(wrong.html).toMatch(/value="text" checked/);
  expect(wrong.html).not.toMatch(/value="call" checked/);
  const { location } = await send(
    ['call', 'text'],
    `email,Canales\n${email},\nnobody@example.com,fax\n`,
  );
  const batchId = location?.split('/').pop() ?? '';
  const { signal } = new AbortController();
  await runCsvBatch({ ctx: service.ctx, batchId, signal });
  const shown = words((await browser.get(location ?? '')).html);
  expect(shown).toContain('Opts out of Calls, Text messages, unless “Canales” says otherwise');
  expect(shown).toContain('Columns used email, Canales');
  expect(shown).toContain('Rows for some channels only 1');
  expect(shown).toContain('1 row opts out of some channels only; these certificates stay in force');
  expect(shown).toContain('In the column &quot;Canales&quot; 1 cell cannot be read');
  await browser.postAndFollow(`${location ?? ''}/commit`, {});
  await runCsvBatch({ ctx: service.ctx, batchId, signal });
  const { opt_out } = (await service.ctx.store.certificates.find(company.id, id))!;
  expect(opt_out).toMatchObject({ revoke: false, channels: ['call', 'text'] });
  // All three are what a form without boxes means, and says nothing of channels.
  const all = await send(['call', 'text', 'email'], `email\n${email}\n`);
  await runCsvBatch({ ctx: service.ctx, batchId: all.location?.split('/').pop() ?? '', signal });
  const plain = words((await browser.get(all.location ?? '')).html);
  expect(plain).not.toContain('channels');
});

test('a file that cannot be used is refused in a sentence', async () => {
  const browser = await signedInBrowser(service, await makeCompany(service.ctx));
  const send = async (file: string) => {
    const form = new FormData();
    form.append('form_token', browser.formToken());
    form.append('file', new Blob([file]), 'list.csv');
    return (await browser.post('/dashboard/revocations', form)).html;
  };
  expect(await send('')).toContain('>The file must not be empty.<');
  expect(await send('name\nx\n')).toContain(
    '>The header must name a column email, mobile, email_sha256, mobile_sha256 or certificate_id.<',
  );
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
