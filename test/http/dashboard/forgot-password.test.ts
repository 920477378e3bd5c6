import { grantReset } from '../../../src/core/users/grant-reset';
import { openResetRequest } from '../../../src/core/users/request-reset';
import { actions, makeUser, open, PASSWORD } from '../../core/users/scene';
import { collections } from '../../helpers/collections';
import { makeCompany, type TestCompany } from '../../helpers/company';
import { type Mail, type Mailbox, startMailbox } from '../../helpers/mailbox';
import { type Service, startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';
import { until } from '../../helpers/until';
import { openBrowser } from './scriptless-browser';

const LOGIN = '/dashboard/login';
const PATH = '/dashboard/forgot-password';
const NEW_PASSWORD = 'a password never used before';

let mailbox: Mailbox;
let service: Service;
let company: TestCompany;
let callers = 0;

beforeAll(async () => {
  mailbox = await startMailbox();
  service = await startService(testConfig({ SMTP_URL: mailbox.url, TRUST_PROXY: '1' }));
});
afterAll(async () => {
  await service.close();
  await mailbox.close();
});
beforeEach(async () => {
  mailbox.mails.length = 0;
  company = await makeCompany(service.ctx, { settings: { name: 'Söhne & Co' } });
});

const ctx = () => service.ctx;
/** Each from a network of its own, unless one is given. */
const ask = (email: string, from = `198.51.100.${String(++callers)}`) =>
  openBrowser(service).post(PATH, { email }, { 'x-forwarded-for': from });
const resets = (email: string) =>
  mailbox.mails.filter(
    ({ to, raw }) => to.includes(email) && /^Subject: .*New[ _]password/im.test(raw),
  );
const mailTo = (email: string, nth = 0): Promise<Mail> =>
  until('the mail', () => resets(email)[nth]);
const linkIn = ({ text }: Mail) => {
  const link = /^http\S+\/dashboard\/links\/\S+$/m.exec(text)?.[0] ?? '';
  expect(link.startsWith(service.url)).toBe(true);
  return link.slice(service.url.length);
};
const choose = (link: string, password = NEW_PASSWORD) =>
  openBrowser(service).post(link, { password });

test('whoever forgot their password asks for a link, and signs in with a new one', async () => {
  const { email } = await makeUser(ctx(), company);
  const elsewhere = openBrowser(service, `rescind_session=${await open(ctx(), email)}`);
  const browser = openBrowser(service);
  expect((await browser.get(LOGIN)).html).toContain(`<a href="${PATH}">Forgot your password?</a>`);
  expect((await browser.get(PATH)).html).toContain('Send the link');
  const asked = await ask(` ${email.toUpperCase()} `);
  expect([asked.status, asked.location]).toEqual([303, `${PATH}?sent=1`]);
  expect((await browser.get(asked.location!)).html).toContain('Look into your mailbox');
  const mail = await mailTo(email);
  for (const body of [mail.text, mail.html]) expect(body).toContain('within one hour');
  expect(mail.text).toContain('the dashboard of Söhne & Co');
  const link = linkIn(mail);
  expect((await browser.get(link)).html).toContain(email);
  const { expires_at } = (await collections(ctx()).invitations.findOne({ email }))!;
  expect(expires_at.getTime()).toBeLessThanOrEqual(Date.now() + 3_600_000);
  expect((await choose(link)).location).toBe(`${LOGIN}?ready=1`);
  expect((await choose(link)).status).toBe(404);
  expect((await elsewhere.get('/dashboard')).location).toMatch(LOGIN);
  const tried = (password: string) => openBrowser(service).post(LOGIN, { email, password });
  expect((await tried(PASSWORD)).status).toBe(401);
  expect((await tried(NEW_PASSWORD)).location).toBe('/dashboard');
  expect(await actions(ctx(), company)).toEqual(
    expect.arrayContaining(['user.reset_requested', 'user.password_reset']),
  );
});

test('known and unknown addresses are answered alike, with the same work behind it', async () => {
  const { email } = await makeUser(ctx(), company);
  const unknown = email.replace(/^admin/, 'nobod');
  const recorded = jest.spyOn(ctx().outbox, 'recorded').mockReturnValue(undefined);
  const [known, strange] = [await ask(email), await ask(unknown)];
  recorded.mockRestore();
  const seen = ({ status, location, html }: typeof known) => ({ status, location, html });
  expect(seen(strange)).toEqual(seen(known));
  const waiting = await collections(ctx()).mails.find({ kind: 'reset_request' }).toArray();
  expect(waiting).toHaveLength(2);
  const [a, b] = waiting.map(({ sealed, ...rest }) => [sealed.length, Object.keys(rest)]);
  expect(a).toEqual(b);
  for (const plain of [email, unknown]) expect(JSON.stringify(waiting)).not.toContain(plain);
  await mailTo(email);
  await until('both are done', async () => (await collections(ctx()).mails.countDocuments()) === 0);
  expect(mailbox.mails.filter(({ to }) => to.includes(unknown))).toEqual([]);
});

test('an address of several companies gets a link for each', async () => {
  const { email } = await makeUser(ctx(), company);
  const second = await makeCompany(ctx(), { settings: { name: 'Second' } });
  await makeUser(ctx(), second, 'viewer', email);
  await ask(email);
  await mailTo(email, 1);
  const texts = resets(email).map(({ text }) => text);
  expect(texts.filter((text) => text.includes('dashboard of Second'))).toHaveLength(1);
  expect(texts.filter((text) => text.includes('dashboard of Söhne & Co'))).toHaveLength(1);
});

test('the first link that is used ends the others, and so does a password change', async () => {
  const { email, id } = await makeUser(ctx(), company);
  const links = async () => {
    mailbox.mails.length = 0;
    await ask(email);
    await ask(email);
    return [linkIn(await mailTo(email)), linkIn(await mailTo(email, 1))] as const;
  };
  const [first, second] = await links();
  expect((await choose(first)).status).toBe(303);
  expect((await choose(second)).status).toBe(404);
  const [third] = await links();
  const secret = await open(ctx(), email, NEW_PASSWORD);
  const browser = openBrowser(service, `rescind_session=${secret}`);
  await browser.get('/dashboard/settings/account');
  const form = { current: NEW_PASSWORD, next: PASSWORD };
  expect((await browser.post('/dashboard/settings/account', form)).status).toBe(303);
  expect((await choose(third)).status).toBe(404);
  expect(await collections(ctx()).invitations.countDocuments({ user_id: id })).toBe(0);
});

test('a link that has expired, or whose person was removed, is no link', async () => {
  const { email, id } = await makeUser(ctx(), company);
  await ask(email);
  const link = linkIn(await mailTo(email));
  await collections(ctx()).users.deleteOne({ _id: id });
  expect((await choose(link)).status).toBe(404);
  await collections(ctx()).invitations.updateMany({ email }, { $set: { expires_at: new Date() } });
  expect((await openBrowser(service).get(link)).html).toContain('no longer valid');
});

test('a request that is carried out twice at once makes one link', async () => {
  const { email } = await makeUser(ctx(), company);
  const recorded = jest.spyOn(ctx().outbox, 'recorded').mockReturnValue(undefined);
  await ask(email);
  const { _id: mailId, sealed } = (await collections(ctx()).mails.findOne({
    kind: 'reset_request',
  }))!;
  const request = openResetRequest({ ctx: ctx(), id: mailId, sealed })!;
  const twice = [0, 1].map(() => grantReset({ ctx: ctx(), mailId, request }));
  expect((await Promise.all(twice)).sort()).toEqual([0, 1]);
  expect(await grantReset({ ctx: ctx(), mailId, request })).toBe(0);
  recorded.mockRestore();
  expect(await collections(ctx()).invitations.countDocuments({ email })).toBe(1);
  await mailTo(email);
  expect(resets(email)).toHaveLength(1);
});

describe('there are limits', () => {
  test('for an address: the sixth request in an hour is answered as ever, and sends nothing', async () => {
    const { email } = await makeUser(ctx(), company);
    for (let i = 0; i < 5; i++) await ask(email);
    await mailTo(email, 4);
    expect((await ask(` mailto:${email}`)).location).toBe(`${PATH}?sent=1`);
    expect(await collections(ctx()).mails.countDocuments({ kind: 'reset_request' })).toBe(0);
    expect(resets(email)).toHaveLength(5);
  });

  test('for a network', async () => {
    const from = '203.0.113.9';
    for (let i = 0; i < 20; i++) expect((await ask(`p${String(i)}`, from)).status).toBe(400);
    expect((await ask('p@a.example', from)).status).toBe(429);
    expect((await ask('p@a.example')).status).toBe(303);
  });
});

test('what is no address is said beside the field', async () => {
  const { status, html } = await ask('nobody');
  expect(status).toBe(400);
  expect(html).toContain('Enter an email address such as name@example.com.');
  expect(html).toContain('value="nobody"');
});

test('another site cannot have it asked for', async () => {
  const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
  const sent = await openBrowser(service).post(PATH, { email: 'a@example.com' }, headers);
  expect(sent.status).toBe(403);
});

test('where no mail can be sent it is not offered', async () => {
  const without = await startService(
    testConfig({
      NODE_ENV: 'production',
      PUBLIC_URL: 'https://consent.example',
      OPERATOR_TOKEN: 'an-operator-token-of-32-characters-or-more',
      IDENTIFIER_KEY: 'an-identifier-key-of-32-characters-or-more',
    }),
  );
  try {
    const { html } = await openBrowser(without).get(LOGIN);
    expect(html).toContain('An admin of your company can make a link');
    expect(html).not.toContain(PATH);
    expect((await openBrowser(without).get(PATH)).status).toBe(404);
  } finally {
    await without.close();
  }
});
