import { PASSWORD } from '../../core/users/scene';
import { collections } from '../../helpers/collections';
import { makeCompany, type TestCompany } from '../../helpers/company';
import { type Mail, type Mailbox, startMailbox } from '../../helpers/mailbox';
import { operatorClient } from '../../helpers/operator';
import { type Service, startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';
import { until } from '../../helpers/until';
import { type Browser, openBrowser, signedInBrowser } from './scriptless-browser';

const PATH = '/dashboard/settings/people';
const NEW_PASSWORD = 'a password never used before';

let mailbox: Mailbox;
let service: Service;
let company: TestCompany;
let browser: Browser & { email: string; userId: string };

beforeAll(async () => {
  mailbox = await startMailbox();
  service = await startService(testConfig({ SMTP_URL: mailbox.url }));
});
afterAll(async () => {
  await service.close();
  await mailbox.close();
});
beforeEach(async () => {
  mailbox.mails.length = 0;
  company = await makeCompany(service.ctx, { settings: { name: 'Söhne & Co' } });
  browser = await signedInBrowser(service, company);
});

const operator = operatorClient(() => service);
const mailTo = (email: string): Promise<Mail> =>
  until('the mail', () => mailbox.mails.find(({ to }) => to.includes(email)));
/** The path of the link in a mail. */
const linkIn = ({ text }: Mail) => {
  const link = /^http\S+\/dashboard\/links\/\S+$/m.exec(text)?.[0] ?? '';
  expect(link.startsWith(service.url)).toBe(true);
  return link.slice(service.url.length);
};
const invite = (email: string) =>
  browser.postAndFollow(PATH, { email, role: 'viewer', current: PASSWORD });

test('an invitation goes to the address that is invited, and its maker sees no link', async () => {
  const email = `new@${company.id}.example`;
  const page = await invite(email);
  expect(page.status).toBe(200);
  expect(page.html).toContain(`A link was sent to ${email} by mail.`);
  expect(page.html).not.toMatch(/rescind_inv|id="link"/);
  const mail = await mailTo(email);
  expect(mail.text).toContain('the dashboard of Söhne & Co');
  const guest = openBrowser(service);
  const set = await guest.post(linkIn(mail), { password: NEW_PASSWORD });
  expect(set.location).toBe('/dashboard/login?ready=1');
  const entered = await guest.post('/dashboard/login', { email, password: NEW_PASSWORD });
  expect(entered.location).toBe('/dashboard');
  await until('nothing is left', async () => {
    return (await collections(service.ctx).mails.countDocuments()) === 0;
  });
});

test('page and mail are alike whether or not somebody elsewhere has the address', async () => {
  const { email: known } = await signedInBrowser(service, await makeCompany(service.ctx));
  const seen = async (email: string) => {
    const { status, html } = await invite(email);
    const mail = await mailTo(email);
    const plain = (text: string) =>
      text
        .replaceAll(email, 'EMAIL')
        .replace(/links\/[\w-]+/g, 'links/X')
        .replace(/value="[^"]*"/g, '')
        .replace(/<time.*?<\/time>|\d+:\d\d(:\d\d)? [AP]M/g, 'TIME');
    const { _id: invitationId } = (await collections(service.ctx).invitations.findOne({ email }))!;
    await browser.post(`${PATH}/links/${invitationId}/cancel`, {});
    await browser.post(`${PATH}/copied`, {});
    return { status, html: plain(html), text: plain(mail.text) };
  };
  expect(await seen(known)).toEqual(await seen(`unknown@${company.id}.example`));
});

test('a reset link goes to the colleague', async () => {
  const colleague = await signedInBrowser(service, company, 'viewer');
  const path = `${PATH}/${colleague.userId}/reset`;
  expect((await browser.get(path)).html).toContain(`Send ${colleague.email} a link`);
  const page = await browser.postAndFollow(path, { current: PASSWORD });
  expect(page.html).toContain(`A link was sent to ${colleague.email} by mail.`);
  expect(page.html).not.toMatch(/rescind_inv|id="link"/);
  const link = linkIn(await mailTo(colleague.email));
  expect((await openBrowser(service).get(link)).html).toContain(colleague.email);
});

test('the operator’s answers have no link that was mailed', async () => {
  const email = `new@${company.id}.example`;
  const at = `/companies/${company.id}/users`;
  const key = { 'idempotency-key': company.id };
  const ask = () => operator('POST', `${at}/invitations`, { email, role: 'admin' }, key);
  const { status, body } = await ask();
  expect(status).toBe(201);
  expect(body).toEqual({ expires_at: expect.any(String), mailed: true });
  expect((await ask()).body).toEqual(body);
  const link = linkIn(await mailTo(email));
  expect((await openBrowser(service).get(link)).html).toContain(email);
  expect(mailbox.mails).toHaveLength(1);
  const reset = await operator('POST', `${at}/${browser.userId}/reset`);
  expect(reset.body).toEqual({ expires_at: expect.any(String), mailed: true });
  await mailTo(browser.email);
});

test('an invitation that is sent twice is one mail, whose link works', async () => {
  const email = `new@${company.id}.example`;
  await browser.get(PATH);
  const operation_id = browser.operationId();
  const form = { email, role: 'viewer', current: PASSWORD, operation_id };
  await Promise.all([browser.post(PATH, form), browser.post(PATH, form)]);
  const page = await browser.postAndFollow(PATH, form);
  expect(page.html.match(/A link was sent to/g)).toHaveLength(1);
  const link = linkIn(await mailTo(email));
  expect((await openBrowser(service).get(link)).status).toBe(200);
  const filter = { action: 'user.invited' };
  const { items } = await service.ctx.store.audit.list(company.id, filter, { limit: 10 });
  expect([mailbox.mails.length, items.length]).toEqual([1, 1]);
});

test('nothing is mailed to an address that the company has already', async () => {
  const form = { email: browser.email, role: 'viewer', current: PASSWORD };
  expect((await browser.post(PATH, form)).status).toBe(409);
  expect(await collections(service.ctx).mails.countDocuments()).toBe(0);
});
