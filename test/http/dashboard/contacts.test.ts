import { makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { movementsOf } from '../../helpers/wallet';
import { type Browser, signedInBrowser } from './scriptless-browser';

const CONTACTS = '/dashboard/contacts';
const CHECK = `${CONTACTS}/check`;

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
    expect(verdict).toContain('Yes, you may contact for texts.');
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
    expect(html).toContain('No, do not contact for calls, texts and emails.');
    expect(html).toMatch(/Opted out since\s+<time/);
    expect((await check(mobile, { channel: 'email' })).html).toContain('Yes, you may contact');
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
