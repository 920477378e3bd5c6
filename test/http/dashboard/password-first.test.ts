import { isConfirmed } from '../../../src/core/accounts/is-confirmed';
import { DAY_MS, MINUTE_MS } from '../../../src/lib/durations';
import { makeUser, PASSWORD } from '../../core/users/scene';
import { collections } from '../../helpers/collections';
import { makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { signedInBrowser } from './scriptless-browser';

let service: Service;
let company: TestCompany;
const ctx = () => service.ctx;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  company = await makeCompany(ctx());
});

describe('what matters', () => {
  const TOKENS = '/dashboard/settings/integrations';
  const form = { label: 'CRM', scopes: ['verify', 'audit'], expires: '' };
  const later = async (browser: { userId: string }) => {
    const confirmed_at = new Date(ctx().now().getTime() - 11 * MINUTE_MS);
    const created_at = new Date(ctx().now().getTime() - DAY_MS);
    const query = { user_id: browser.userId };
    await collections(ctx()).sessions.updateMany(query, { $set: { confirmed_at, created_at } });
  };

  test('takes a fresh sign-in or the password again, and loses nothing that was typed', async () => {
    const browser = await signedInBrowser(service, company);
    await browser.get(TOKENS);
    const typed = { ...form, operation_id: browser.operationId() };
    await later(browser);
    const asked = await browser.post(TOKENS, typed);
    expect(asked.status).toBe(403);
    expect(asked.html).toContain('name="scopes" value="audit"');
    expect(asked.html).toContain(`name="operation_id" value="${typed.operation_id}"`);
    const wrong = await browser.post(TOKENS, { ...typed, password_again: 'wrong' });
    expect([wrong.status, wrong.html.includes('id="password_again-error"')]).toEqual([400, true]);
    expect(wrong.html).not.toContain('value="wrong"');
    const tokens = async () =>
      (await ctx().store.credentials.listTokens(company.id)).filter(({ label }) => label === 'CRM');
    expect(await tokens()).toEqual([]);
    const made = await browser.postAndFollow(TOKENS, { ...typed, password_again: PASSWORD });
    expect(made.html).toContain('rescind_tok_');
    expect(await tokens()).toMatchObject([{ scopes: ['verify', 'audit'] }]);
    // It is not asked for again at once.
    await browser.postAndFollow(TOKENS, { ...form, label: 'Second' });
  });

  test('is: tokens, key pairs, properties, people', async () => {
    const browser = await signedInBrowser(service, company);
    const colleague = await makeUser(ctx(), company, 'viewer');
    await later(browser);
    for (const path of [
      TOKENS,
      `${TOKENS}/debt-lookup/enable`,
      `${TOKENS}/api-keys`,
      '/dashboard/properties',
      `/dashboard/settings/people/${colleague.id}/remove`,
    ]) {
      const { status, html } = await browser.post(path, {
        ...form,
        name: 'x',
        domain: 'x.example',
      });
      expect([path, status]).toEqual([path, 403]);
      expect(html).toContain('Confirm that it is you');
    }
    expect(await ctx().store.accounts.findUser(company.id, colleague.id)).not.toBeNull();
    const viewer = await signedInBrowser(service, company, 'viewer');
    expect((await viewer.post(TOKENS, form)).html).toContain('Only admins');
  });

  test('is asked of sessions from earlier releases by when they began', () => {
    const now = ctx().now().getTime();
    const session = (ms: number) => ({ confirmed_at: new Date(now - ms) });
    expect(isConfirmed({ ctx: ctx(), session: session(9 * MINUTE_MS) })).toBe(true);
    expect(isConfirmed({ ctx: ctx(), session: session(10 * MINUTE_MS + 1) })).toBe(false);
  });
});
