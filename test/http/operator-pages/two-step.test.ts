import type { Context } from '../../../src/context';
import { openContext } from '../../helpers/context';
import { giveCode } from '../../../src/core/operators/give-code';
import { listOperatorAudit } from '../../../src/core/operators/list-operator-audit';
import { removeOperator } from '../../../src/core/operators/remove-operator';
import { signIn } from '../../../src/core/operators/sign-in';
import { takeOffTwoStep } from '../../../src/core/operators/take-off-two-step';
import { IP, makeOperator, PASSWORD, TOKEN } from '../../core/operators/scene';
import { codeOf, turnedOn } from '../../core/two-step/scene';
import { collections } from '../../helpers/collections';
import { type Mailbox, startMailbox } from '../../helpers/mailbox';
import { type Service, startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';
import { until } from '../../helpers/until';
import { type Browser, openBrowser } from '../dashboard/scriptless-browser';
import { PAGES } from './operator-browser';

const LOGIN = '/operator/login';
const CODE = `${LOGIN}/code?next=${encodeURIComponent(PAGES)}`;
const ACCOUNT = `${PAGES}/account`;
const TWO_STEP = `${ACCOUNT}/two-step`;

let mailbox: Mailbox;
let service: Service;
const ctx = (): Context => service.ctx;

beforeAll(async () => {
  mailbox = await startMailbox();
  service = await startService(testConfig({ SMTP_URL: mailbox.url }));
});
afterAll(async () => {
  await service.close();
  await mailbox.close();
});

type Someone = Awaited<ReturnType<typeof makeOperator>>;

/** An operator with two-step sign-in on, whose right password has been entered in a browser. */
async function afterPassword(next = '') {
  const operator = await makeOperator(ctx());
  const { key, codes } = await turnedOn(ctx(), operator.id);
  const browser = openBrowser(service);
  const { email } = operator;
  const answer = await browser.post(LOGIN, { email, password: PASSWORD, next });
  return { ...operator, key, codes, browser, answer };
}
/** A browser in which an operator has signed in with their password alone. */
async function browserOf({ email }: Pick<Someone, 'email'>): Promise<Browser> {
  const browser = openBrowser(service);
  expect((await browser.post(LOGIN, { email, password: PASSWORD })).location).toBe(PAGES);
  await browser.get(ACCOUNT);
  return browser;
}
const isIn = async (browser: Browser) => (await browser.get(ACCOUNT)).status === 200;
const entriesOf = async ({ id }: Pick<Someone, 'id'>) => {
  const query = { actor: `operator:${id}`, limit: 20 };
  return (await listOperatorAudit({ ctx: ctx(), query })).entries;
};
const shownCodes = (html: string) => [...new Set(html.match(/\b\w{4}-\w{4}-\w{4}\b/g) ?? [])];
/** The subjects of what somebody was told by mail, once nothing waits any more. */
const toldTo = async ({ email }: Pick<Someone, 'email'>) => {
  await until('nothing waits', async () => (await collections(ctx()).mails.countDocuments()) === 0);
  const mails = mailbox.mails.filter(({ to }) => to.includes(email));
  return mails.map(({ raw }) => /^Subject: (.+)$/m.exec(raw)?.[1]?.trim()).sort();
};

describe('signing in with two steps', () => {
  test('opens nothing before the code, and then the page that was wanted', async () => {
    const wanted = `${PAGES}/jobs?state=failed`;
    const someone = await afterPassword(wanted);
    const { browser, answer, key } = someone;
    expect(answer.location).toBe(`${LOGIN}/code?next=${encodeURIComponent(wanted)}`);
    const cookies = answer.received.getSetCookie();
    expect(cookies.join()).toMatch(/^rescind_operator_pending=.*; Path=\/operator\/login;/);
    expect(await isIn(browser)).toBe(false);
    expect((await browser.get(answer.location ?? '')).html).toContain('>Code</label>');
    const done = await browser.post(answer.location ?? '', { code: codeOf(ctx(), key) });
    expect(done.location).toBe(wanted);
    expect(await isIn(browser)).toBe(true);
    const [entry] = await entriesOf(someone);
    expect(entry).toMatchObject({ action: 'operator.signed_in', reason: 'with a code' });
    expect((await browser.get(CODE)).location).toContain(`${LOGIN}?again=1`);
  });

  test('says plainly what is wrong with a code, tells its owner, and holds up nobody else', async () => {
    const { browser, key, email, id } = await afterPassword();
    const wrong = await browser.post(CODE, { code: codeOf(ctx(), key, 20) });
    expect([wrong.status, wrong.html.includes('This code is wrong.')]).toEqual([400, true]);
    const code = codeOf(ctx(), key);
    await browser.post(CODE, { code });
    expect(await isIn(browser)).toBe(true);
    const second = openBrowser(service);
    await second.post(LOGIN, { email, password: PASSWORD });
    const used = await second.post(CODE, { code });
    expect([used.status, used.html.includes('has been used already')]).toEqual([400, true]);
    for (let i = 0; i < 9; i++) await second.post(CODE, { code: '000000' });
    const waiting = await second.post(CODE, { code: codeOf(ctx(), key, 1) });
    expect(waiting.status).toBe(429);
    expect(Number(waiting.received.get('retry-after'))).toBeGreaterThan(30);
    expect(await isIn(second)).toBe(false);
    expect((await browser.get(PAGES)).html).toContain('Operator');
    expect((await browser.get(ACCOUNT)).html).toContain('somebody knows your password');
    const query = { action: 'operator.wrong_codes', limit: 1 } as const;
    const { entries } = await listOperatorAudit({ ctx: ctx(), query });
    expect(entries).toMatchObject([{ actor: 'system', reason: `10 for ${email}` }]);
    expect(await toldTo({ email })).toEqual([
      'New sign-in to your account',
      'Wrong codes for your account',
    ]);
    await browser.post(`${ACCOUNT}/notice`, {});
    expect((await browser.get(ACCOUNT)).html).not.toContain('somebody knows your password');
    expect((await collections(ctx()).operators.findOne({ _id: id }))?.password_notice).toBeNull();
  });

  test('takes each code once, also in two processes at once', async () => {
    const { email, key, codes } = await afterPassword();
    const other = await openContext(ctx().config, 'web');
    try {
      const asked = await signIn({ ctx: ctx(), email, password: PASSWORD, ip: IP });
      const pending = 'pending' in asked ? asked.pending : '';
      for (const code of [codeOf(ctx(), key, 1), codes[0]!]) {
        const tries = await Promise.allSettled(
          [ctx(), other.ctx, ctx(), other.ctx].map((at) =>
            giveCode({ ctx: at, pending, code, ip: IP }),
          ),
        );
        expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      }
    } finally {
      await other.close();
    }
  });

  test('has to begin anew elsewhere, with another password, and after its operator was removed', async () => {
    const { browser, key, id } = await afterPassword();
    const again = `${LOGIN}?again=1&next=${encodeURIComponent(PAGES)}`;
    const code = codeOf(ctx(), key);
    expect((await openBrowser(service).post(CODE, { code })).location).toBe(again);
    // What waits for a user's code is none of an operator's.
    const { operators } = collections(ctx());
    const before = await operators.findOne({ _id: id });
    await operators.updateOne({ _id: id }, { $set: { password_hash: 'scrypt$x' } });
    expect((await browser.post(CODE, { code })).location).toBe(again);
    expect((await browser.get(again)).html).toContain('Sign in again');
    const { password_hash } = before!;
    await operators.updateOne({ _id: id }, { $set: { password_hash } });
    const { email } = before!;
    await browser.post(LOGIN, { email, password: PASSWORD });
    await removeOperator({ ctx: ctx(), caller: TOKEN, operatorId: id });
    expect((await browser.post(CODE, { code })).location).toBe(again);
    expect(await collections(ctx()).twoSteps.findOne({ _id: id })).toBeNull();
  });
});

describe('one’s own two-step sign-in', () => {
  test('is turned on by password and code, renewed and turned off, all in the audit', async () => {
    const someone = await makeOperator(ctx(), 'viewer');
    const [browser, other] = [await browserOf(someone), await browserOf(someone)];
    const { html } = await browser.get(TWO_STEP);
    expect(html).toContain('src="data:image/svg+xml;base64,');
    const setup = /name="setup" value="([^"]+)"/.exec(html)?.[1] ?? '';
    const key = /id="two-step-key">([^<]+)</.exec(html)?.[1] ?? '';
    const code = codeOf(ctx(), key);
    const right = { setup, code, current: PASSWORD };
    for (const wrong of [{ current: 'wrong' }, { code: '12' }, { setup: 'x' }]) {
      expect((await browser.post(TWO_STEP, { ...right, ...wrong })).status).toBe(400);
    }
    const made = await browser.postAndFollow(TWO_STEP, right);
    const codes = shownCodes(made.html);
    expect(codes).toHaveLength(10);
    expect([await isIn(browser), await isIn(other)]).toEqual([true, false]);
    await browser.post(`${ACCOUNT}/copied`, {});
    const card = (await browser.get(ACCOUNT)).html;
    expect([shownCodes(card), card.includes('10 recovery codes left')]).toEqual([[], true]);
    const form = { current: PASSWORD, code: codes[0]! };
    for (const what of ['codes', 'off']) {
      expect((await browser.get(`${TWO_STEP}/${what}`)).html).toContain('>Code</label>');
      const refused = await browser.post(`${TWO_STEP}/${what}`, { ...form, current: 'wrong' });
      expect([refused.status, refused.html.includes('id="current-error"')]).toEqual([400, true]);
    }
    const renewed = await browser.postAndFollow(`${TWO_STEP}/codes`, form);
    expect((await browser.post(`${TWO_STEP}/off`, { ...form, code: codes[1]! })).status).toBe(400);
    const off = { ...form, code: shownCodes(renewed.html)[0]! };
    expect((await browser.post(`${TWO_STEP}/off`, off)).location).toContain('notice=twoStepOff');
    expect((await browser.post(`${TWO_STEP}/off`, off)).location).toBe(ACCOUNT);
    await browserOf(someone);
    expect((await entriesOf(someone)).map(({ action }) => action)).toEqual([
      'operator.signed_in',
      'operator.two_step_off',
      'operator.recovery_codes_made',
      'operator.two_step_on',
      'operator.signed_in',
      'operator.signed_in',
    ]);
    const told = await toldTo(someone);
    expect(told.filter((one) => one === 'Two-step sign-in was turned off')).toHaveLength(1);
  });

  test('is not for whoever has the operator token', async () => {
    const browser = openBrowser(service);
    const { operatorToken: password } = ctx().config;
    await browser.post(LOGIN, { email: 'operator', password });
    expect((await browser.get(ACCOUNT)).html).not.toContain('Two-step');
    for (const path of [TWO_STEP, `${TWO_STEP}/off`]) {
      expect((await browser.get(path)).location).toBe(ACCOUNT);
    }
    expect((await browser.post(TWO_STEP, { code: '1' })).location).toBe(ACCOUNT);
  });
});

describe('two-step sign-in that is lost', () => {
  test('is taken off by another admin, who says why; it ends all sessions', async () => {
    const { id, email, browser, key } = await afterPassword();
    await browser.post(CODE, { code: codeOf(ctx(), key) });
    const someone = await makeOperator(ctx());
    const admin = await browserOf(someone);
    const path = `${PAGES}/operators/${id}/two-step`;
    expect((await admin.get(`${PAGES}/operators`)).html).toContain(
      `Take two-step sign-in off for ${email}`,
    );
    expect((await admin.get(path)).html).toContain('It is in the operators’ audit log.');
    const refused = await admin.post(path, { reason: ' ' });
    expect([refused.status, refused.html.includes('id="reason-error"')]).toEqual([400, true]);
    expect(await isIn(browser)).toBe(true);
    const own = await browser.post(path, { reason: 'I lost it' });
    expect([own.status, await isIn(browser)]).toEqual([400, true]);
    expect((await admin.post(path, { reason: 'Called back' })).location).toContain('TakenOff');
    expect((await admin.post(path, { reason: 'Called back' })).location).toContain('=twoStepGone');
    expect((await admin.get(path)).location).toContain('=twoStepGone');
    expect(await isIn(browser)).toBe(false);
    const [entry] = await entriesOf(someone);
    expect(entry).toMatchObject({
      action: 'operator.two_step_taken_off',
      reason: `${email}: Called back`,
    });
    await browserOf({ email });
    expect(await toldTo({ email })).toContain('Two-step sign-in was turned off');
    const viewer = await browserOf(await makeOperator(ctx(), 'viewer'));
    expect((await viewer.post(path, { reason: 'x' })).status).toBe(403);
  });

  test('stays on when it cannot be written down', async () => {
    const { id, email } = await afterPassword();
    const append = jest.spyOn(ctx().store.audit, 'append').mockRejectedValue(new Error('died'));
    const request = { ctx: ctx(), operatorId: id, caller: TOKEN, reason: 'x' };
    await expect(takeOffTwoStep(request)).rejects.toThrow('died');
    append.mockRestore();
    expect(await collections(ctx()).twoSteps.findOne({ _id: id })).not.toBeNull();
    expect(await toldTo({ email })).toEqual([]);
  });
});
