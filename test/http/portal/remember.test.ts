import type { Context } from '../../../src/context';
import { evenly } from '../../../src/core/portal/evenly';
import { DAY_MS } from '../../../src/lib/durations';
import { collections } from '../../helpers/collections';
import { CONSENT, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';
import { shown, submit } from './forms';

jest.mock('../../../src/core/portal/evenly', () => {
  // The time is for `leaks.test.ts`; here nobody waits for it.
  return { evenly: jest.fn((_: number, work: () => Promise<unknown>) => work()) };
});

let service: Service;
let ctx: Context;
let company: TestCompany;
let other: TestCompany;

beforeAll(async () => {
  // No code is ever entered.
  const settings = { OPT_OUT_RATE_PER_MINUTE: '1000', SMTP_URL: 'smtp://127.0.0.1:1' };
  service = await startService(testConfig(settings));
  ({ ctx } = service);
  company = await makeCompany(ctx, { settings: { name: 'First Corp' } });
  other = await makeCompany(ctx);
});
afterEach(() => jest.mocked(evenly).mockClear());
afterAll(() => service.close());

/** One service for all modes: nothing of it depends on the mode but the portal. */
function inMode(portalMode: Context['config']['portalMode']) {
  beforeAll(() => void Object.assign(ctx, { config: { ...ctx.config, portalMode } }));
}

const find = (identifier: string, more: Record<string, string> = {}, lang = '') =>
  submit(service, `/opt-out/find${lang}`, { identifier, ...more });
const confirm = (token: string, more: Record<string, string> = {}) =>
  submit(service, '/opt-out/confirm', { token, ...more });

/** Whether consent of yesterday that arrives now is revoked from birth. */
async function isBornRevoked(at: TestCompany, email: string) {
  const given_at = new Date(ctx.now().getTime() - DAY_MS);
  const consents = [{ type: 'tcpa', text: CONSENT, given_at }];
  const { id } = await makeCertificate(ctx, at, { email, consents });
  return (await ctx.store.certificates.find(at.id, id))!.opt_out.revoke;
}
const bornRevoked = (email: string) =>
  Promise.all([isBornRevoked(company, email), isBornRevoked(other, email)]);

/** Replaces what differs from visitor to visitor. */
const normal = (html: string) =>
  html
    .replace(/value="[\w-]{60,}"/g, 'value="token"')
    .replace(/done\/[\w-]{60,}/g, 'done/token')
    .replace(/RSC(-[0-9A-Z]{4}){3}/g, 'reference')
    .replace(/<time.*?<\/time>/gs, 'time')
    .replaceAll(/(new|old)-\w+@example\.com/g, 'email');

/** People of the same length of name, of whom nothing, or something, is remembered. */
async function strangers() {
  const [known, here, everywhere] = ['old-aa', 'old-bb', 'old-cc'].map((n) => `${n}@example.com`);
  const caller = { company_id: company.id, email: here };
  expect((await service.post('/opt-out', caller)).status).toBe(200);
  await confirm((await find(everywhere!)).token);
  await confirm((await find(known!, { company: other.id })).token);
  return ['new-aa@example.com', known!, here!, everywhere!];
}

describe('masked', () => {
  test('whom nothing matches is offered to be remembered: for the linked company', async () => {
    const email = 'linked@example.com';
    const page = await find(email, { company: company.id });
    expect(page.heading).toBe('We found no consent');
    expect(page.html).toContain('>Remember my choice anyway</button>');
    expect(page.html).toContain('If First Corp sends us consent');
    const done = await confirm(page.token);
    expect(done).toMatchObject({ status: 200, heading: 'Your consent has been revoked' });
    expect(done.html).toMatch(/We will remember your choice[\s\S]*RSC-/);
    expect(evenly).toHaveBeenCalledWith(1_000, expect.any(Function));
    const reference = /RSC(-[0-9A-Z]{4}){3}/.exec(done.html)![0];
    const request = await ctx.store.portal.findRequest(reference);
    expect(request).toMatchObject({ company_ids: [company.id], identifier: 'email' });
    expect(await bornRevoked(email)).toEqual([true, false]);
    const { body } = await service.get(`/audit?action=opt_out.remembered&reference=${reference}`, {
      token: company.token,
    });
    expect(body.entries).toHaveLength(1);
  });

  test('without a link it holds for the whole service', async () => {
    const mobile = '+14155550123';
    const done = await confirm((await find('(415) 555-0123')).token);
    const reference = /RSC(-[0-9A-Z]{4}){3}/.exec(done.html)![0];
    const request = await ctx.store.portal.findRequest(reference);
    expect(request).toMatchObject({ company_ids: [], everywhere: true });
    const given_at = new Date(ctx.now().getTime() - DAY_MS);
    const consents = [{ type: 'tcpa', text: CONSENT, given_at }];
    const { id } = await makeCertificate(ctx, other, { mobile, consents });
    expect((await ctx.store.certificates.find(other.id, id))?.opt_out).toMatchObject({
      revoke: true,
      method: 'standing',
    });
    const { id: newer } = await makeCertificate(ctx, other, { mobile });
    expect((await ctx.store.certificates.find(other.id, newer))?.opt_out.revoke).toBe(false);
  });

  test('sending the form twice remembers once', async () => {
    const { token } = await find('twice@example.com');
    const first = await confirm(token);
    const before = await collections(ctx).suppressions.find().toArray();
    const second = await confirm(token);
    expect(normal(second.html)).toBe(normal(first.html));
    expect(second.html).toContain(/RSC[-\w]+/.exec(first.html)![0]);
    expect(await collections(ctx).suppressions.find().toArray()).toEqual(before);
  });

  test('what arrived between the two steps is revoked and counted', async () => {
    const { token } = await find('between@example.com');
    await makeCertificate(ctx, company, { email: 'between@example.com' });
    expect((await confirm(token)).html).toContain('One consent was revoked.');
  });

  test('an id cannot be remembered, and nothing is offered to whom something matches', async () => {
    const byId = await find('EC-unknown-0123456789');
    expect(byId.heading).toBe('We found no consent');
    await makeCertificate(ctx, company, { email: 'there@example.com' });
    const there = await find('there@example.com');
    expect(there.heading).toBe('We found one consent');
    await confirm(there.token);
    const revoked = await find('there@example.com');
    expect(revoked.heading).toBe('Already revoked');
    for (const { html } of [byId, there, revoked]) expect(html).not.toContain('Remember my choice');
  });

  test('in Spanish', async () => {
    const { html, token } = await find('nadie@example.com', {}, '?lang=es');
    expect(html).toContain('>Recordar mi decisión de todos modos</button>');
    const done = await submit(service, '/opt-out/confirm?lang=es', { token });
    expect(done.html).toContain('Recordaremos su decisión.');
  });

  test('strangers see the same, whatever is remembered of them', async () => {
    const links: Record<string, string>[] = [{}, { company: company.id }];
    for (const link of links) {
      const pages = [];
      for (const email of await strangers()) {
        const page = await find(email, link);
        pages.push([normal(page.html), normal((await confirm(page.token, link)).html)]);
      }
      for (const page of pages) expect(page).toEqual(pages[0]);
    }
  });

  test('a one-click link remembers for its company', async () => {
    const email = 'one-click@example.com';
    const { body } = await service.post('/opt-out/links', { email }, { token: company.token });
    const form = new URLSearchParams({ 'List-Unsubscribe': 'One-Click' });
    const done = await shown(await fetch(body.url, { method: 'POST', body: form }));
    expect(done.status).toBe(200);
    expect(await bornRevoked(email)).toEqual([true, false]);
  });
});

describe.each(['blind', 'code'] as const)('%s: without asking', (mode) => {
  inMode(mode);

  test('known and unknown people are remembered for the whole service', async () => {
    const ofCompany = () =>
      collections(ctx).suppressions.countDocuments({ company_id: company.id });
    const before = await ofCompany();
    await makeCertificate(ctx, company, { email: `known-${mode}@example.com` });
    for (const email of [`known-${mode}@example.com`, `nobody-${mode}@example.com`]) {
      const page = await find(email);
      expect(page.html).toContain('We also remember your choice');
      expect((await confirm(page.token)).heading).toBe('Your consent has been revoked');
      expect(await bornRevoked(email)).toEqual([true, true]);
    }
    expect(await ofCompany()).toBe(before + 1);
  });

  test('by a link for its company, unless all is chosen', async () => {
    const asked = { company: company.id };
    await confirm((await find(`only-${mode}@example.com`, asked)).token, { scope: 'company' });
    expect(await bornRevoked(`only-${mode}@example.com`)).toEqual([true, false]);
    await confirm((await find(`all-${mode}@example.com`, asked)).token, { scope: 'all' });
    expect(await bornRevoked(`all-${mode}@example.com`)).toEqual([true, true]);
  });

  test('strangers see the same, whatever is remembered of them', async () => {
    const pages = [];
    for (const email of await strangers()) {
      const page = await find(email);
      pages.push([normal(page.html), normal((await confirm(page.token)).html)]);
    }
    for (const page of pages) expect(page).toEqual(pages[0]);
  });

  test('not by an id, and the page does not say so', async () => {
    const { html } = await find('EC-unknown-0123456789');
    expect(html).not.toContain('We also remember');
  });
});
