import { codeOf, turnedOn } from '../../core/two-step/scene';
import { actions, makeUser, PASSWORD } from '../../core/users/scene';
import { collections } from '../../helpers/collections';
import { makeCompany, type TestCompany } from '../../helpers/company';
import { operatorClient } from '../../helpers/operator';
import { type Service, startService } from '../../helpers/service';
import { look, operatorBasic, PAGES } from '../operator-pages/operator-browser';
import { submit } from '../portal/forms';
import { type Browser, openBrowser, signedInBrowser } from './scriptless-browser';

const LOGIN = '/dashboard/login';
const CODE = `${LOGIN}/code?next=%2Fdashboard`;
const ACCOUNT = '/dashboard/settings/account';
const TWO_STEP = `${ACCOUNT}/two-step`;

let service: Service;
let company: TestCompany;
const ctx = () => service.ctx;
const operator = operatorClient(() => service);

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  company = await makeCompany(ctx());
});

/** Somebody with two-step sign-in on, whose right password has been entered in a browser. */
async function afterPassword(next = '') {
  const user = await makeUser(ctx(), company);
  const { key, codes } = await turnedOn(ctx(), user.id);
  const browser = openBrowser(service);
  const { email } = user;
  const answer = await browser.post(LOGIN, { email, password: PASSWORD, next });
  return { ...user, key, codes, browser, answer };
}
const isIn = async (browser: Browser) => (await browser.get('/dashboard/settings')).status === 200;

describe('signing in with two steps', () => {
  test('opens nothing before the code, and then the page that was wanted', async () => {
    const wanted = '/dashboard/audit?action=user.signed_in';
    const { browser, answer, key, id } = await afterPassword(wanted);
    expect(answer.location).toBe(`${LOGIN}/code?next=${encodeURIComponent(wanted)}`);
    expect(answer.received.getSetCookie().join()).not.toContain('rescind_session');
    expect(await isIn(browser)).toBe(false);
    expect(await collections(ctx()).users.findOne({ _id: id })).not.toBeNull();
    const { html } = await browser.get(answer.location ?? '');
    expect(html).toContain('<label for="code">Code</label>');
    const done = await browser.post(answer.location ?? '', { code: codeOf(ctx(), key) });
    expect(done.location).toBe(wanted);
    expect(await isIn(browser)).toBe(true);
    const { items } = await ctx().store.audit.list(company.id, {}, { limit: 9 });
    expect(items[0]).toMatchObject({ action: 'user.signed_in', reason: 'with a code' });
    // It is over: the cookie opens nothing once more.
    expect((await browser.get(CODE)).location).toContain(LOGIN);
  });

  test('says nothing about two steps to whoever has no right password', async () => {
    const { email } = await afterPassword();
    const plain = await makeUser(ctx(), company);
    const wrong = async (name: string) => {
      const reply = await openBrowser(service).post(LOGIN, { email: name, password: 'wrong one' });
      return [reply.status, reply.location, reply.html.replace(name, 'EMAIL')];
    };
    expect(await wrong(email)).toEqual(await wrong(plain.email));
  });

  test('says plainly what is wrong with a code: wrong, used, or too many of them', async () => {
    const { browser, key, id } = await afterPassword();
    const wrong = await browser.post(CODE, { code: codeOf(ctx(), key, 20) });
    expect(wrong.status).toBe(400);
    expect(wrong.html).toContain('This code is wrong.');
    const code = codeOf(ctx(), key);
    await browser.post(CODE, { code });
    expect(await isIn(browser)).toBe(true);
    const { email } = (await collections(ctx()).users.findOne({ _id: id }))!;
    const second = openBrowser(service);
    await second.post(LOGIN, { email, password: PASSWORD });
    const used = await second.post(CODE, { code });
    expect([used.status, used.html.includes('has been used already')]).toEqual([400, true]);
    for (let i = 0; i < 9; i++) await second.post(CODE, { code: '000000' });
    const waiting = await second.post(CODE, { code: codeOf(ctx(), key, 1) });
    expect([waiting.status, waiting.received.get('retry-after')]).toEqual([429, '60']);
    expect(await isIn(second)).toBe(false);
    expect(await actions(ctx(), company)).toContain('user.wrong_codes');
    // The browser that is known has tries of its own, and tells its owner.
    await browser.post(LOGIN, { email, password: PASSWORD });
    await browser.post(CODE, { code: codeOf(ctx(), key, 1) });
    expect((await browser.get('/dashboard')).html).toContain('somebody knows your password');
  });

  test('takes a recovery code, once', async () => {
    const { browser, codes, email } = await afterPassword();
    expect((await browser.post(CODE, { code: codes[3]! })).location).toBe('/dashboard');
    const { items } = await ctx().store.audit.list(company.id, {}, { limit: 1 });
    expect(items[0]?.reason).toBe('with a recovery code, 9 left');
    expect((await browser.get(ACCOUNT)).html).toContain('9 recovery codes left');
    const second = openBrowser(service);
    await second.post(LOGIN, { email, password: PASSWORD });
    expect((await second.post(CODE, { code: codes[3]! })).status).toBe(400);
    expect(await isIn(second)).toBe(false);
  });

  test('has to begin anew in another browser, too late, and after the password has changed', async () => {
    const { browser, key, id } = await afterPassword();
    const elsewhere = await openBrowser(service).post(CODE, { code: codeOf(ctx(), key) });
    expect(elsewhere.location).toBe(`${LOGIN}?again=1&next=%2Fdashboard`);
    const forged = openBrowser(service, `rescind_pending=${'A'.repeat(200)}`);
    expect((await forged.post(CODE, { code: codeOf(ctx(), key) })).location).toContain('again=1');
    await collections(ctx()).users.updateOne({ _id: id }, { $set: { password_hash: 'scrypt$x' } });
    const changed = await browser.post(CODE, { code: codeOf(ctx(), key) });
    expect(changed.location).toContain('again=1');
    expect((await browser.get(changed.location ?? '')).html).toContain('Sign in again');
    expect(await isIn(browser)).toBe(false);
  });

  test('asks for the company first, where there are several', async () => {
    const { email, key, id } = await afterPassword();
    const other = await makeCompany(ctx());
    await makeUser(ctx(), other, 'admin', email);
    const browser = openBrowser(service);
    const credentials = { email, password: PASSWORD };
    expect((await browser.post(LOGIN, credentials)).html).toContain(`value="${company.id}"`);
    const plain = await browser.post(LOGIN, { ...credentials, company: other.id });
    expect(plain.location).toBe('/dashboard');
    const chosen = await browser.post(LOGIN, { ...credentials, company: company.id });
    expect(chosen.location).toBe(CODE);
    await browser.post(CODE, { code: codeOf(ctx(), key) });
    const sessions = await ctx().store.sessions.listOf(id, ctx().now());
    expect(sessions).toHaveLength(1);
  });

  test('is what a reset link leads to as well', async () => {
    const { id, key, email } = await afterPassword();
    const path = `/companies/${company.id}/users/${id}/reset`;
    const { body } = await operator('POST', path);
    const browser = openBrowser(service);
    const password = 'four unrelated words here';
    await browser.post((body as { url: string }).url.replace(/^https?:\/\/[^/]+/, ''), {
      password,
    });
    expect(browser.cookie()).not.toContain('rescind_device');
    expect((await browser.post(LOGIN, { email, password })).location).toBe(CODE);
    await browser.post(CODE, { code: codeOf(ctx(), key) });
    expect(await isIn(browser)).toBe(true);
  });
});

describe('one’s own two-step sign-in', () => {
  const shown = (html: string) => /id="recovery-codes">([^<]+)</.exec(html)?.[1]?.split('\n') ?? [];
  const setUpOf = (html: string) => ({
    setup: /name="setup" value="([^"]+)"/.exec(html)?.[1] ?? '',
    key: /id="two-step-key">([^<]+)</.exec(html)?.[1] ?? '',
  });
  const turnOn = async (browser: Browser) => {
    const { setup, key } = setUpOf((await browser.get(TWO_STEP)).html);
    const form = { setup, code: codeOf(ctx(), key), current: PASSWORD };
    const { html } = await browser.postAndFollow(TWO_STEP, form);
    return { key, codes: shown(html), form };
  };

  test('is turned on by a right code and the password, and signs out everywhere else', async () => {
    const browser = await signedInBrowser(service, company, 'viewer');
    const other = openBrowser(service);
    await other.post(LOGIN, { email: browser.email, password: PASSWORD });
    const page = await browser.get(TWO_STEP);
    expect(page.html).toMatch(/<img class="qr" src="data:image\/svg\+xml;base64,[^"]{500,}"/);
    const { setup, key } = setUpOf(page.html);
    const code = codeOf(ctx(), key);
    const noPassword = await browser.post(TWO_STEP, { setup, code, current: 'wrong' });
    expect([noPassword.status, setUpOf(noPassword.html).key]).toEqual([400, key]);
    expect(noPassword.html).toContain('id="current-error"');
    const noCode = await browser.post(TWO_STEP, { setup, code: '12', current: PASSWORD });
    expect([noCode.status, noCode.html.includes('id="code-error"')]).toEqual([400, true]);
    const late = await browser.post(TWO_STEP, { setup: 'x', code, current: PASSWORD });
    expect(late.html).toContain('This took too long');
    expect((await browser.get(ACCOUNT)).html).toContain('Turn on two-step sign-in');
    const made = await browser.postAndFollow(TWO_STEP, { setup, code, current: PASSWORD });
    expect(shown(made.html)).toHaveLength(10);
    expect(await isIn(browser)).toBe(true);
    expect(await isIn(other)).toBe(false);
    expect((await browser.get(TWO_STEP)).location).toBe(ACCOUNT);
    expect(await actions(ctx(), company)).toContain('user.two_step_on');
    // The same form once more shows the same codes; put away, nobody sees them again.
    const again = await browser.postAndFollow(TWO_STEP, { setup, code, current: PASSWORD });
    expect(shown(again.html)).toEqual(shown(made.html));
    await browser.post(`${ACCOUNT}/copied`, {});
    expect(shown((await browser.get(ACCOUNT)).html)).toEqual([]);
  });

  test('is turned off by password and code, and recovery codes are made anew in the same way', async () => {
    const browser = await signedInBrowser(service, company);
    const { codes, form } = await turnOn(browser);
    for (const what of ['codes', 'off']) {
      const path = `${TWO_STEP}/${what}`;
      expect((await browser.get(path)).html).toContain('>Code</label>');
      const right = { current: PASSWORD, code: codes[0]! };
      for (const wrong of [{ current: 'x' }, { code: 'x' }, { code: form.code }]) {
        expect((await browser.post(path, { ...right, ...wrong })).status).toBe(400);
      }
    }
    const renewed = await browser.postAndFollow(`${TWO_STEP}/codes`, {
      current: PASSWORD,
      code: codes[0]!,
    });
    const [fresh = ''] = shown(renewed.html);
    const off = `${TWO_STEP}/off`;
    const stale = await browser.post(off, { current: PASSWORD, code: codes[1]! });
    expect(stale.status).toBe(400);
    const done = await browser.post(off, { current: PASSWORD, code: fresh });
    expect(done.location).toBe(`${ACCOUNT}?saved=twoStepOff`);
    expect((await browser.post(off, { current: PASSWORD, code: fresh })).location).toBe(ACCOUNT);
    const plain = openBrowser(service);
    const signIn = await plain.post(LOGIN, { email: browser.email, password: PASSWORD });
    expect(signIn.location).toBe('/dashboard');
    const all = await actions(ctx(), company);
    expect(all).toEqual(expect.arrayContaining(['user.recovery_codes_made', 'user.two_step_off']));
  });

  test('is seen by the company’s people, and goes with its person', async () => {
    const admin = await signedInBrowser(service, company);
    const { id, email } = await makeUser(ctx(), company, 'viewer');
    await turnedOn(ctx(), id);
    const row = async () =>
      new RegExp(`${email}[\\s\\S]*?</tr>`).exec(
        (await admin.get('/dashboard/settings/people')).html,
      )?.[0];
    expect(await row()).toContain('<td>Two-step on</td>');
    await admin.post(`/dashboard/settings/people/${id}/remove`, {});
    expect(await collections(ctx()).twoSteps.findOne({ _id: id })).toBeNull();
  });
});

describe('two-step sign-in that is lost', () => {
  test('is taken off by an operator, who says why; it ends all sessions', async () => {
    const { id, browser, key, email } = await afterPassword();
    await browser.post(CODE, { code: codeOf(ctx(), key) });
    const path = `/companies/${company.id}/users/${id}/two-step`;
    expect((await operator('GET', `/companies/${company.id}/users`)).body).toMatchObject({
      users: [{ user_id: id, two_step_enabled: true }],
    });
    expect((await operator('DELETE', path, { reason: ' ' })).status).toBe(400);
    const elsewhere = `/companies/${(await makeCompany(ctx())).id}/users/${id}/two-step`;
    expect((await operator('DELETE', elsewhere, { reason: 'x' })).status).toBe(404);
    expect(await isIn(browser)).toBe(true);
    const reason = 'Lost phone, called back under the number in the contract';
    expect((await operator('DELETE', path, { reason })).status).toBe(204);
    expect((await operator('DELETE', path, { reason })).status).toBe(404);
    expect(await isIn(browser)).toBe(false);
    const { items } = await ctx().store.audit.list(company.id, {}, { limit: 1 });
    expect(items[0]).toMatchObject({
      action: 'user.two_step_taken_off',
      actor: { type: 'operator' },
      reason: `${id}: ${reason}`,
    });
    const signIn = await browser.post(LOGIN, { email, password: PASSWORD });
    expect(signIn.location).toBe('/dashboard');
  });
});

test('is taken off on the operator’s page, too, where everybody’s is seen', async () => {
  const { id, email, browser, key } = await afterPassword();
  await browser.post(CODE, { code: codeOf(ctx(), key) });
  const page = `/companies/${company.id}/people`;
  expect((await look(service, page)).html).toContain(`Take two-step sign-in off for ${email}`);
  const path = `/companies/${company.id}/people/${id}/two-step`;
  expect((await look(service, path)).html).toContain('signed out everywhere');
  const send = (reason: string) =>
    submit(service, PAGES + path, { reason }, operatorBasic(service));
  const refused = await send('');
  expect([refused.status, refused.html.includes('id="reason-error"')]).toEqual([400, true]);
  expect(await isIn(browser)).toBe(true);
  expect((await send('Called back')).headers.get('location')).toContain('=twoStepTakenOff');
  expect((await send('Called back')).headers.get('location')).toContain('=twoStepGone');
  expect(await isIn(browser)).toBe(false);
  expect((await look(service, page)).html).not.toContain('Take two-step sign-in off');
});
