import { confirmPassword } from '../../../src/core/users/confirm-password';
import { resumeSession } from '../../../src/core/users/session';
import { signIn } from '../../../src/core/users/sign-in';
import { tryPassword } from '../../../src/core/users/try-password';
import { MINUTE_MS } from '../../../src/lib/durations';
import { makeCompany, type TestCompany } from '../../helpers/company';
import { type Mailbox, startMailbox } from '../../helpers/mailbox';
import { type Service, startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';
import { until } from '../../helpers/until';
import { actions, cheapHash, enter, IP, makeUser, open, PASSWORD, who } from './scene';

const ELSEWHERE = '203.0.113.66';
const OWN = 'a password of its own';
const OWN_HASH = cheapHash(OWN);
const REFUSED = { code: 'too_many_requests' };

let mailbox: Mailbox;
let service: Service;
let company: TestCompany;
const ctx = () => service.ctx;

beforeAll(async () => {
  mailbox = await startMailbox();
  service = await startService(testConfig({ SMTP_URL: mailbox.url, MAIL_FROM: 'a@example.com' }));
});
afterAll(async () => {
  await service.close();
  await mailbox.close();
});
beforeEach(async () => {
  company = await makeCompany(ctx());
});

const guess = (email: string, ip = ELSEWHERE, device?: string, now = new Date()) =>
  tryPassword({ ctx: ctx(), email, password: 'wrong', ip, device, now });
/** Uses up the free tries of a place. */
const useUp = async (email: string, ip = ELSEWHERE, device?: string) => {
  for (let i = 0; i < 10; i++) expect(await guess(email, ip, device)).toEqual([]);
  await expect(guess(email, ip, device)).rejects.toMatchObject(REFUSED);
};

test('cost a wait that grows', async () => {
  const { email } = await makeUser(ctx(), company);
  let at = Date.now();
  for (let i = 0; i < 10; i++) await guess(email, ELSEWHERE, undefined, new Date(at));
  for (const minutes of [1, 2, 4, 8, 15, 15]) {
    const refused = guess(email, ELSEWHERE, undefined, new Date(at + 1_000));
    const retryAfterSeconds = minutes * 60 - 1;
    await expect(refused).rejects.toMatchObject({ ...REFUSED, extra: { retryAfterSeconds } });
    at += minutes * MINUTE_MS + 1;
    expect(await guess(email, ELSEWHERE, undefined, new Date(at))).toEqual([]);
  }
});

// Each try of an email without a user costs as much as a real one.
test('cost the same where the email has no user', async () => {
  const email = `unknown@${company.id}.example`;
  const now = new Date();
  const again = () => guess(email, ELSEWHERE, undefined, now);
  await Promise.all(Array.from({ length: 10 }, again));
  await expect(again()).rejects.toMatchObject({
    ...REFUSED,
    extra: { retryAfterSeconds: 60 },
  });
}, 180_000);

test('from elsewhere never hold up the right person', async () => {
  const { email } = await makeUser(ctx(), company);
  await useUp(email);
  await expect(enter(ctx(), { email, ip: ELSEWHERE })).rejects.toMatchObject(REFUSED);
  await open(ctx(), email);
  // Nor does being right in one place help whoever guesses in another.
  await expect(guess(email)).rejects.toMatchObject(REFUSED);
});

test('count together for a whole IPv6 /48', async () => {
  const { email } = await makeUser(ctx(), company);
  for (let i = 0; i < 10; i++) await guess(email, `2001:db8:1:${String(i)}::1`);
  await expect(guess(email, '2001:db8:1:ffff::1')).rejects.toMatchObject(REFUSED);
  expect(await guess(email, '2001:db8:2::1')).toEqual([]);
});

test('from the same network do not hold up a browser that has signed in before', async () => {
  const { email } = await makeUser(ctx(), company);
  const { device } = await enter(ctx(), { email });
  await useUp(email, IP);
  await expect(open(ctx(), email)).rejects.toMatchObject(REFUSED);
  await enter(ctx(), { email, device });
  // A browser that is known has tries of its own, not endless ones.
  await useUp(email, IP, device);
  // And it is known for its own user only.
  const { email: other } = await makeUser(ctx(), company);
  await useUp(other, IP);
  await expect(guess(other, IP, device)).rejects.toMatchObject(REFUSED);
  await expect(guess(other, IP, 'made-up')).rejects.toMatchObject(REFUSED);
});

test('do not hold up somebody who is signed in and asked again', async () => {
  const { email } = await makeUser(ctx(), company);
  const by = await who(ctx(), await open(ctx(), email));
  await useUp(email, IP);
  await confirmPassword({ ctx: ctx(), by, password: PASSWORD });
  const wrong = () => confirmPassword({ ctx: ctx(), by, password: 'wrong' });
  for (let i = 0; i < 10; i++)
    await expect(wrong()).rejects.toMatchObject({ code: 'invalid_request' });
  await expect(wrong()).rejects.toMatchObject(REFUSED);
});

test('are told to their person: by mail, in the dashboard and in the audit, at the tenth', async () => {
  const { id, email } = await makeUser(ctx(), company);
  // From a place of its own each: no single one has to wait.
  const from = (i: number) => guess(email, `203.0.113.${String(i)}`);
  for (let i = 0; i < 9; i++) await from(i);
  expect(await actions(ctx(), company)).not.toContain('user.wrong_passwords');
  for (let i = 9; i < 15; i++) await from(i);
  const told = (await actions(ctx(), company)).filter((one) => one === 'user.wrong_passwords');
  expect(told).toHaveLength(1);
  const { user } = await who(ctx(), await open(ctx(), email));
  expect(user.notice).toMatchObject({ count: 10, ip: '203.0.113.9' });
  const toldOf = () =>
    mailbox.mails.filter(({ to, raw }) => to.includes(email) && raw.includes('Wrong passwords'));
  await until('a mail', () => toldOf().length > 0);
  const mails = toldOf();
  expect(mails).toHaveLength(1);
  expect(mails[0]?.raw).toContain('10 wrong passwords');
  expect(mails[0]?.raw).not.toContain(id);
});

describe('an email with accounts at several companies', () => {
  test('opens the one that the password is of', async () => {
    const { id, email } = await makeUser(ctx(), company);
    const other = await makeUser(ctx(), await makeCompany(ctx()), 'admin', email);
    await ctx().store.transaction(async (session) => {
      const { company_id } = (await ctx().store.accounts.usersByEmail([email]))[1]!;
      await ctx().store.accounts.setPassword(company_id, other.id, OWN_HASH, session);
    });
    expect((await who(ctx(), await open(ctx(), email))).user.user_id).toBe(id);
  });

  test('asks which one, where the password is of several', async () => {
    const { email } = await makeUser(ctx(), company);
    const second = await makeCompany(ctx());
    const { id } = await makeUser(ctx(), second, 'admin', email);
    const input = { ctx: ctx(), email, password: PASSWORD, ip: IP };
    const asked = await signIn(input);
    expect('companies' in asked && asked.companies.map(({ company_id }) => company_id)).toEqual(
      expect.arrayContaining([company.id, second.id]),
    );
    const chosen = await signIn({ ...input, companyId: second.id });
    const secret = 'secret' in chosen ? chosen.secret : '';
    const by = await resumeSession({ ctx: ctx(), secret, ip: IP });
    expect(by?.user.user_id).toBe(id);
  });

  test('gives whoever has the password of one no tries for the other', async () => {
    const { email } = await makeUser(ctx(), company);
    await open(ctx(), email);
    const mine = await makeUser(ctx(), await makeCompany(ctx()), 'admin', email);
    const [, second] = await ctx().store.accounts.usersByEmail([email]);
    await ctx().store.transaction((session) =>
      ctx().store.accounts.setPassword(second!.company_id, mine.id, OWN_HASH, session),
    );
    for (let i = 0; i < 10; i++) {
      await guess(email);
      expect(await enter(ctx(), { email, ip: ELSEWHERE, password: OWN })).toBeDefined();
    }
    // Its own account opens; the other one has to wait.
    await expect(enter(ctx(), { email, ip: ELSEWHERE })).rejects.toMatchObject({
      code: 'unauthenticated',
    });
    await open(ctx(), email);
  });
});
