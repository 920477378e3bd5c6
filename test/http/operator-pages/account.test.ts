import type { Context } from '../../../src/context';
import { listOperatorAudit } from '../../../src/core/operators/list-operator-audit';
import { DAY_MS, MINUTE_MS } from '../../../src/lib/durations';
import { enter, makeOperator, PASSWORD } from '../../core/operators/scene';
import { makeUser } from '../../core/users/scene';
import { collections } from '../../helpers/collections';
import { makeCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { type Browser, openBrowser } from '../dashboard/scriptless-browser';
import { PAGES } from './operator-browser';

const LOGIN = '/operator/login';
const ACCOUNT = `${PAGES}/account`;

let service: Service;
const ctx = (): Context => service.ctx;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

/** A browser in which an operator has signed in. */
async function browserOf({ email }: { email: string }): Promise<Browser> {
  const browser = openBrowser(service);
  expect((await browser.post(LOGIN, { email, password: PASSWORD })).location).toBe(PAGES);
  await browser.get(ACCOUNT);
  return browser;
}
const isIn = async (browser: Browser) => (await browser.get(ACCOUNT)).status === 200;
const entriesOf = async ({ id }: { id: string }) => {
  const query = { actor: `operator:${id}`, limit: 20 };
  return (await listOperatorAudit({ ctx: ctx(), query })).entries;
};

test('sessions are listed with browser, IP and last use; one is ended, or all', async () => {
  const someone = await makeOperator(ctx(), 'viewer');
  const here = await browserOf(someone);
  const userAgent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
  await enter(ctx(), { email: someone.email, ip: '203.0.113.9', userAgent });
  const stranger = await makeOperator(ctx());
  await enter(ctx(), { email: stranger.email });
  const endings = (html: string) => [...html.matchAll(/account\/sessions\/([^/]+)\/end/g)];
  const { html } = await here.get(ACCOUNT);
  expect(html).toContain('Firefox on Linux');
  expect(html).toContain('203.0.113.9');
  const [one] = endings(html);
  expect(endings(html)).toHaveLength(1);
  const theirs = await collections(ctx()).operatorSessions.findOne({ operator_id: stranger.id });
  const end = (id: string) => here.post(`${ACCOUNT}/sessions/${id}/end`, {});
  expect((await end(theirs?._id ?? '')).location).toContain('notice=sessionEnded');
  await end(one?.[1] ?? '');
  expect(endings((await here.get(ACCOUNT)).html)).toHaveLength(0);
  const { operatorSessions } = collections(ctx());
  expect(await operatorSessions.countDocuments({ operator_id: stranger.id })).toBe(1);
  const there = await browserOf(someone);
  await here.get(ACCOUNT);
  const out = await here.post(`${ACCOUNT}/sign-out-everywhere`, {});
  expect(out.location).toBe(`${LOGIN}?everywhere=1`);
  expect((await here.get(out.location ?? '')).html).toContain('You were signed out everywhere.');
  expect([await isIn(here), await isIn(there)]).toEqual([false, false]);
  const entries = await entriesOf(someone);
  expect(entries.filter(({ action }) => !action.endsWith('signed_in'))).toMatchObject([
    { action: 'operator.signed_out_everywhere', reason: '2 sessions' },
    { action: 'operator.session_ended' },
  ]);
});

test('what matters takes the password again after ten minutes, and loses nothing that was typed', async () => {
  const someone = await makeOperator(ctx());
  const colleague = await makeOperator(ctx());
  const company = await makeCompany(ctx());
  const user = await makeUser(ctx(), company);
  const browser = await browserOf(someone);
  const at = `${PAGES}/companies/${company.id}`;
  const form = { token_label: 'CRM', scopes: 'verify', token_expires: '' };
  await browser.postAndFollow(`${at}/tokens`, { ...form, token_label: 'First' });
  const confirmed_at = new Date(ctx().now().getTime() - 11 * MINUTE_MS);
  const created_at = new Date(ctx().now().getTime() - DAY_MS);
  const mine = { operator_id: someone.id };
  await collections(ctx()).operatorSessions.updateMany(mine, {
    $set: { confirmed_at, created_at },
  });
  for (const path of [
    `${at}/tokens`,
    `${at}/api-keys`,
    `${at}/properties`,
    `${at}/people`,
    ...['role', 'reset', 'remove', 'two-step'].map((what) => `${at}/people/${user.id}/${what}`),
    `${PAGES}/operators/${colleague.id}/remove`,
    `${PAGES}/operators/${colleague.id}/two-step`,
  ]) {
    const { status, html } = await browser.post(path, form);
    expect([path, status, html.includes('Confirm that it is you')]).toEqual([path, 403, true]);
  }
  const asked = await browser.post(`${at}/tokens`, form);
  expect(asked.html).toContain('name="token_label" value="CRM"');
  expect(asked.html.split('name="form_token"')).toHaveLength(4);
  const labels = async () =>
    (await ctx().store.credentials.listTokens(company.id)).map(({ label }) => label);
  const wrong = await browser.post(`${at}/tokens`, { ...form, password_again: 'wrong' });
  expect([wrong.status, wrong.html.includes('id="password_again-error"')]).toEqual([400, true]);
  expect(await labels()).not.toContain('CRM');
  await browser.postAndFollow(`${at}/tokens`, { ...form, password_again: PASSWORD });
  expect(await labels()).toContain('CRM');
  // It is not asked for again at once.
  await browser.postAndFollow(`${at}/tokens`, { ...form, token_label: 'Third' });
});
