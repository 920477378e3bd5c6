import type { Context } from '../../../src/context';
import { acceptInvitation } from '../../../src/core/users/accept-invitation';
import { changePassword } from '../../../src/core/users/change-password';
import { inviteUser, issueReset } from '../../../src/core/users/invite-user';
import { markDevice } from '../../../src/core/accounts/known-device';
import { giveCode } from '../../../src/core/users/give-code';
import { takeOffTwoStep } from '../../../src/core/users/take-off-two-step';
import { turnOffTwoStep } from '../../../src/core/users/turn-off-two-step';
import { signIn } from '../../../src/core/users/sign-in';
import { CALLER, makeCompany, type TestCompany } from '../../helpers/company';
import { collections } from '../../helpers/collections';
import { type Mailbox, startMailbox } from '../../helpers/mailbox';
import { type Service, startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';
import { until } from '../../helpers/until';
import { turnedOn } from '../two-step/scene';
import { enter, IP, makeUser, open, PASSWORD, who } from './scene';

const NEW_PASSWORD = 'a password never used before';
const NEW_DEVICE = 'New sign-in to your account';
const NEW_PASSWORD_SUBJECT = 'Your password was changed';

let mailbox: Mailbox;
let service: Service;
let company: TestCompany;
const ctx = (): Context => service.ctx;

beforeAll(async () => {
  mailbox = await startMailbox();
  service = await startService(testConfig({ SMTP_URL: mailbox.url }));
});
afterAll(async () => {
  await service.close();
  await mailbox.close();
});
beforeEach(async () => {
  company = await makeCompany(ctx(), { settings: { name: 'Söhne <Co>' } });
});

/** What somebody was told, once nothing waits any more. */
const toldTo = async (email: string) => {
  await until('nothing waits', async () => (await collections(ctx()).mails.countDocuments()) === 0);
  return mailbox.mails.filter(({ to }) => to.includes(email));
};
const subjectsTo = async (email: string) =>
  (await toldTo(email)).map(({ raw }) => /^Subject: (.+)$/m.exec(raw)?.[1]?.trim());

test('a sign-in in an unknown browser is told, with time and place; one in a known browser is not', async () => {
  const { id, email } = await makeUser(ctx(), company);
  await ctx().store.accounts.setTimeZone(company.id, id, 'America/New_York');
  const { device } = await enter(ctx(), { email });
  await enter(ctx(), { email, device });
  await enter(ctx(), { email, device, ip: '203.0.113.7' });
  expect(await subjectsTo(email)).toEqual([NEW_DEVICE]);
  const { text, html } = (await toldTo(email))[0]!;
  expect(text).toContain('the dashboard of Söhne <Co> in a browser');
  expect(html).toContain('the dashboard of Söhne &lt;Co&gt; in a browser');
  for (const body of [text, html]) {
    for (const fact of [email, IP]) expect(body).toContain(fact);
    expect(body).toMatch(/\d{1,2} \w+ \d{4} at \d\d:\d\d (GMT-[45]|E[SD]T)/);
  }
  await enter(ctx(), { email, device: markDevice({ ctx: ctx(), userId: 'usr_somebody' }) });
  expect(await subjectsTo(email)).toHaveLength(2);
});

test('the browser of their account at another company is no unknown one', async () => {
  const { id, email } = await makeUser(ctx(), company);
  const device = markDevice({ ctx: ctx(), userId: id });
  const second = await makeCompany(ctx());
  await makeUser(ctx(), second, 'admin', email);
  const input = { ctx: ctx(), email, password: PASSWORD, ip: IP, device };
  await signIn({ ...input, companyId: second.id });
  expect(await subjectsTo(email)).toEqual([]);
});

test('a sign-in that fails is told to nobody, nor is one that is not committed', async () => {
  const { email } = await makeUser(ctx(), company);
  await expect(enter(ctx(), { email, password: 'wrong' })).rejects.toThrow();
  const insert = jest.spyOn(ctx().store.sessions, 'insert').mockRejectedValue(new Error('lost'));
  await expect(enter(ctx(), { email })).rejects.toThrow('lost');
  insert.mockRestore();
  expect(await collections(ctx()).mails.countDocuments()).toBe(0);
  expect(await subjectsTo(email)).toEqual([]);
});

test('a changed password is told, once; a refused change is not', async () => {
  const { email } = await makeUser(ctx(), company);
  const by = await who(ctx(), await open(ctx(), email));
  const change = { ctx: ctx(), by, current: PASSWORD, next: NEW_PASSWORD };
  await expect(changePassword({ ...change, current: 'wrong' })).rejects.toThrow();
  await changePassword(change);
  await expect(changePassword(change)).rejects.toThrow();
  expect((await subjectsTo(email)).sort()).toEqual([NEW_DEVICE, NEW_PASSWORD_SUBJECT]);
});

test('so is one that was chosen by a link; whoever chose it signs in there without being told', async () => {
  const { id, email } = await makeUser(ctx(), company);
  const by = { ctx: ctx(), companyId: company.id, caller: CALLER };
  const { secret } = await issueReset({ ...by, userId: id });
  const accept = { ctx: ctx(), secret, password: NEW_PASSWORD, ip: IP };
  const { device } = await acceptInvitation(accept);
  await enter(ctx(), { email, password: NEW_PASSWORD, device });
  expect(await subjectsTo(email)).toEqual([NEW_PASSWORD_SUBJECT]);
});

test('a new account is no news to whoever was invited', async () => {
  const email = `new@${company.id}.example`;
  const by = { ctx: ctx(), companyId: company.id, caller: CALLER };
  const { secret } = await inviteUser({ ...by, input: { email, role: 'viewer' } });
  const accept = { ctx: ctx(), secret, password: NEW_PASSWORD, ip: IP };
  const { device } = await acceptInvitation(accept);
  await enter(ctx(), { email, password: NEW_PASSWORD, device });
  expect(await subjectsTo(email)).toEqual([]);
});

test('two-step sign-in that was turned off is told, whoever did it; so are wrong codes', async () => {
  const { id, email } = await makeUser(ctx(), company);
  const { device } = await enter(ctx(), { email });
  const by = await who(ctx(), await open(ctx(), email));
  const { codes } = await turnedOn(ctx(), id);
  await turnOffTwoStep({ ctx: ctx(), by, password: PASSWORD, code: codes[0]! });
  await turnedOn(ctx(), id);
  const asked = await signIn({ ctx: ctx(), email, password: PASSWORD, ip: IP, device });
  const pending = 'pending' in asked ? asked.pending : '';
  for (let i = 0; i < 11; i++) {
    const wrong = giveCode({ ctx: ctx(), pending, code: '000000', ip: IP, device });
    await expect(wrong).rejects.toMatchObject({
      code: i < 10 ? 'code_wrong' : 'too_many_requests',
    });
  }
  const target = { ctx: ctx(), companyId: company.id, caller: CALLER };
  await takeOffTwoStep({ ...target, userId: id, reason: 'Called back' });
  const off = 'Two-step sign-in was turned off';
  const told = (await subjectsTo(email)).filter((subject) => subject !== NEW_DEVICE);
  // They are sent in any order.
  expect(told.sort()).toEqual([off, off, 'Wrong codes for your account']);
});
