import { runScrub } from '../../../src/core/batches/scrub/run-scrub';
import { topUp } from '../../../src/core/wallet/top-up';
import { getWallet } from '../../../src/core/wallet/get-wallet';
import { collections } from '../../helpers/collections';
import { CALLER, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { movementsOf } from '../../helpers/wallet';
import { type Browser, signedInBrowser } from './scriptless-browser';

const CONTACTS = '/dashboard/contacts';
const CHECK = `${CONTACTS}/check`;
const SCRUBS = `${CONTACTS}/scrubs`;

let service: Service;
let company: TestCompany;
let browser: Browser;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  company = await makeCompany(service.ctx);
  browser = await signedInBrowser(service, company);
});

/** Money that moved for checks and scrubs. */
const paid = async () =>
  (await movementsOf(service.ctx, company.id)).filter(({ kind }) => kind.startsWith('contact'));

/** Opens the page, sends its form, and follows it. */
async function check(contact: string, more: Record<string, string> = {}) {
  await browser.get(CONTACTS);
  const operation_id = browser.operationId();
  return browser.postAndFollow(CHECK, { contact, operation_id, ...more });
}

describe('a contact', () => {
  test('is checked by the form, which says before what that costs', async () => {
    const { html } = await browser.get('/dashboard');
    expect(html).toMatch(/href="\/dashboard\/contacts"[^]*?Contacts/);
    const page = (await browser.get(CONTACTS)).html;
    expect(page).toContain('A check costs $0.015');
    const { id } = await makeCertificate(service.ctx, company, { email: 'a@example.com' });
    const { html: verdict } = await check(' A@example.com ', { channel: 'text' });
    expect(verdict).toContain('Yes, you may contact them by text.');
    expect(verdict).toContain(`href="/dashboard/certificates/${id}"`);
    expect(verdict).toContain('A@example.com');
    expect(await paid()).toHaveLength(1);
    // Who was asked about stands in no address, and whoever comes by later sees an empty form.
    expect((await browser.get(CONTACTS)).html).not.toContain('A@example.com');
  });

  test('is not to be contacted in words that say why', async () => {
    const { ctx } = service;
    const mobile = '+14155550101';
    await makeCertificate(ctx, company, { mobile, consents: [{ type: 'sms', text: 'Yes.' }] });
    const other = await check('(415) 555-0101', { consent_type: 'voice' });
    expect(other.html).toContain('There is consent, but of another type.');
    expect(other.html).toContain('<dd>sms</dd>');
    const optOut = { company_id: company.id, mobile, channels: ['call'] };
    expect((await service.post('/opt-out', optOut)).status).toBe(200);
    const { html } = await check(mobile);
    expect(html).toContain('No, do not contact them.');
    expect(html).toMatch(/Opted out since\s+<time/);
    expect((await check(mobile, { channel: 'email' })).html).toContain(
      'Yes, you may contact them by email.',
    );
    expect((await check('nobody@example.com')).html).toContain('You hold no consent');
  });

  test('is paid once when the form is sent twice, at once or again', async () => {
    await browser.get(CONTACTS);
    const form = { contact: 'a@example.com', operation_id: browser.operationId() };
    const sent = await Promise.all([browser.post(CHECK, form), browser.post(CHECK, form)]);
    sent.push(await browser.post(CHECK, form));
    expect(sent.map(({ location }) => location)).toEqual(Array(3).fill(`${CONTACTS}?checked=1`));
    expect(await paid()).toHaveLength(1);
    // The same form with somebody else in it is another check.
    await browser.post(CHECK, { ...form, contact: 'b@example.com' });
    expect(await paid()).toHaveLength(2);
  });

  test.each([
    [{ contact: '' }, 'contact'],
    [{ contact: 'a@' }, 'contact'],
    [{ contact: '12' }, 'contact'],
    [{ contact: `${'a'.repeat(400)}@example.com` }, 'contact'],
    [{ contact: 'a@example.com', consent_type: 'x'.repeat(201) }, 'consent_type'],
  ])('that cannot be read is refused beside its field, for nothing: %#', async (form, name) => {
    await browser.get(CONTACTS);
    const { status, html } = await browser.post(CHECK, form);
    expect(status).toBe(400);
    expect(html).toMatch(new RegExp(`name="${name}"[^>]*aria-invalid="true"`));
    expect(await paid()).toEqual([]);
  });

  test('that the wallet does not reach is not checked, and what was typed stays', async () => {
    company = await makeCompany(service.ctx, { balanceMicrousd: 10_000 });
    browser = await signedInBrowser(service, company);
    await browser.get(CONTACTS);
    const { status, html } = await browser.post(CHECK, { contact: 'a@example.com' });
    expect(status).toBe(402);
    expect(html).toContain('and your wallet has $0.01');
    expect(html).toContain('value="a@example.com"');
    expect(await paid()).toEqual([]);
  });

  test('is the admins’ to check, as it costs money', async () => {
    const viewer = await signedInBrowser(service, company, 'viewer');
    const { status, html } = await viewer.get(CONTACTS);
    expect([status, html.includes(`action="${CHECK}"`)]).toEqual([200, false]);
    expect((await viewer.post(CHECK, { contact: 'a@example.com' })).status).toBe(403);
    const forged = { contact: 'a@example.com', form_token: 'wrong' };
    expect((await browser.post(CHECK, forged)).status).toBe(403);
    expect(await paid()).toEqual([]);
  });
});

describe('a file', () => {
  const FILE = 'email\na@example.com\nb@example.com\nbad\n';
  const form = (fields: Record<string, string>, file?: string) => {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    if (file !== undefined) body.append('file', new Blob([file]), 'leads.csv');
    return body;
  };
  const scrubs = () => collections(service.ctx).batches.find({ company_id: company.id }).toArray();
  const money = () => getWallet({ ctx: service.ctx, companyId: company.id });
  const signal = new AbortController().signal;
  /** Uploads a file; the test is the worker that reads it. */
  const upload = async (fields: Record<string, string> = {}, file = FILE) => {
    await browser.get(CONTACTS);
    const [form_token, operation_id] = [browser.formToken(), browser.operationId()];
    const sent = await browser.post(SCRUBS, form({ form_token, operation_id, ...fields }, file));
    expect(sent.status).toBe(303);
    return sent.location ?? '';
  };
  const work = (path: string) =>
    runScrub({ ctx: service.ctx, batchId: path.split('/').at(-1)!, signal });

  test('is uploaded, priced, started once, followed and fetched', async () => {
    await makeCertificate(service.ctx, company, { email: 'a@example.com' });
    expect((await browser.get(CONTACTS)).html).toContain('$0.001 for each row that can be read');
    const path = await upload({ file_channel: 'call', file_consent_type: '' });
    expect(path).toMatch(/^\/dashboard\/contacts\/scrubs\/scr_/);
    expect((await scrubs())[0]?.scrub).toMatchObject({ channel: 'call', consent_type: null });
    const waiting = (await browser.get(path)).html;
    expect(waiting).toMatch(/<progress aria-label="Progress"/);
    expect(waiting).toContain('hx-trigger="every 1s"');
    expect(waiting).not.toContain('>Start<');
    expect(await work(path)).toBe('previewed');
    const { html } = await browser.get(path);
    expect(html).toContain('Starting reserves $0.002 for 2 rows');
    expect(html).not.toContain('Download result');
    expect((await browser.get(`${path}/result.csv`)).status).toBe(409);
    expect((await browser.post(`${path}/commit`, {})).location).toBe(path);
    expect((await money()).reserved_microusd).toBe(2_000);
    const again = await browser.post(`${path}/commit`, {});
    expect([again.status, again.html.includes('has moved on')]).toEqual([409, true]);
    expect(await work(path)).toBe('completed');
    const done = (await browser.get(path)).html;
    expect(done).toContain(`href="${path}/result.csv"`);
    expect(done).not.toContain('every 1s');
    const list = (await browser.get(CONTACTS)).html;
    expect(list).toContain('leads.csv');
    expect(list).toContain(`href="${path}/result.csv"`);
    const result = await browser.get(`${path}/result.csv`);
    expect(result.received.get('content-disposition')).toBe('attachment; filename="result.csv"');
    expect(result.html.split('\n')[1]).toMatch(/^a@example\.com,true,consented,/);
    expect(await money()).toMatchObject({ reserved_microusd: 0 });
    expect((await paid()).map(({ amount_microusd }) => amount_microusd)).toEqual([-2_000]);
  });

  test('whose price the wallet does not reach is kept, and started after a top-up', async () => {
    const { ctx } = service;
    company = await makeCompany(ctx, { balanceMicrousd: 1_000 });
    browser = await signedInBrowser(service, company);
    const path = await upload();
    await work(path);
    const { status, html } = await browser.post(`${path}/commit`, {});
    expect(status).toBe(402);
    expect(html).toContain('This costs $0.002, and your wallet has $0.001 left.');
    expect(html).toContain('>Start<');
    const more = { amountMicrousd: 1_000, caller: CALLER };
    await topUp({ ctx, companyId: company.id, ...more });
    expect((await browser.post(`${path}/commit`, {})).location).toBe(path);
    expect((await browser.post(`${path}/cancel`, {})).location).toBe(path);
  });

  test('that is sent twice is one, and one that is no list is refused and not kept', async () => {
    const { html } = await browser.get(CONTACTS);
    const [form_token, operation_id] = [browser.formToken(), browser.operationId()];
    expect(html).toContain('No file has been scrubbed yet.');
    const refused: [FormData, number][] = [
      [form({}, FILE), 403],
      [form({ form_token }), 400],
      [form({ form_token }, 'city\nBerlin\n'), 400],
      [form({ form_token, file_consent_type: 'x'.repeat(201) }, FILE), 400],
    ];
    for (const [i, [body, status]] of refused.entries()) {
      expect([i, (await browser.post(SCRUBS, body)).status]).toEqual([i, status]);
    }
    const both = { form_token, operation_id };
    const [one, two] = [
      await browser.post(SCRUBS, form(both, FILE)),
      await browser.post(SCRUBS, form(both, FILE)),
    ];
    expect(two.location).toBe(one.location);
    expect(await scrubs()).toHaveLength(1);
  });

  test('is the admins’ to send and start, and no other company’s to see', async () => {
    const path = await upload();
    await work(path);
    const viewer = await signedInBrowser(service, company, 'viewer');
    expect((await viewer.get(path)).html).not.toContain('>Start<');
    expect((await viewer.post(`${path}/commit`, {})).status).toBe(403);
    const sent = form({ form_token: viewer.formToken() }, FILE);
    expect((await viewer.post(SCRUBS, sent)).status).toBe(403);
    const stranger = await signedInBrowser(service, await makeCompany(service.ctx));
    for (const hidden of [
      path,
      `${path}/result.csv`,
      path.replace('contacts/scrubs', 'revocations'),
    ]) {
      expect((await stranger.get(hidden)).status).toBe(404);
    }
    expect((await stranger.post(`${path}/commit`, {})).status).toBe(404);
    expect(await money()).toMatchObject({ reserved_microusd: 0 });
  });
});
