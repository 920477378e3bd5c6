import type { Context } from '../../../src/context';
import { mailReceipt } from '../../../src/core/portal/mail-receipt';
import { collections } from '../../helpers/collections';
import { makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { operatorClient } from '../../helpers/operator';
import { startPostman } from '../../helpers/postman';
import { type Service, startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';
import { until } from '../../helpers/until';
import { openBrowser } from '../dashboard/scriptless-browser';
import { submit } from '../portal/forms';
import { look, operatorBasic, PAGES } from './operator-browser';

const PRODUCTION = {
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://consent.example',
  OPERATOR_TOKEN: 'an-operator-token-of-32-characters-or-more',
  IDENTIFIER_KEY: 'an-identifier-key-of-32-characters-or-more',
};

let service: Service;
let postman: { stop: () => Promise<void> };
let company: TestCompany;
const ctx = (): Context => service.ctx;

beforeAll(async () => {
  service = await startService(testConfig({ PORTAL_MODE: 'code' }));
  postman = startPostman(service.ctx);
  company = await makeCompany(ctx());
});
afterAll(async () => {
  await postman.stop();
  await service.close();
});

const operator = operatorClient(() => service);
/** The page of the mail to somebody. */
const mailTo = async (email: string) => {
  const list = await until('the mail', async () => {
    const page = await look(service, '/mails');
    return page.html.includes(email) ? page : null;
  });
  const row = list.html.split('<tr>').find((one) => one.includes(email)) ?? '';
  const path = /href="([^"]+)"/.exec(row)?.[1] ?? '';
  return { path, page: await look(service, path.slice(PAGES.length)) };
};

test('in development a code that a consumer asked for is read there, and opens their consents', async () => {
  const email = 'reader@example.com';
  await makeCertificate(ctx(), company, { email });
  const asked = await submit(service, '/opt-out/find', { identifier: email });
  const { page } = await mailTo(email);
  const code = /Your code is (\d{6})/.exec(page.html)?.[1] ?? '';
  const list = await submit(service, '/opt-out/code', { token: asked.token, code });
  expect(list.heading).toBe('Your consents');
  const stored = JSON.stringify(await collections(ctx()).inboxMails.find().toArray());
  for (const plain of [email, code, 'html']) expect(stored).not.toContain(plain);
});

test('an invitation is read there, too, and its link works; whoever made it still sees the link', async () => {
  const email = `new@${company.id}.example`;
  const made = await operator('POST', `/companies/${company.id}/invitations`, {
    email,
    role: 'viewer',
  });
  expect(made.body).toMatchObject({ mailed: false, url: expect.any(String) });
  const { path, page } = await mailTo(email);
  const link = new RegExp(`<a href="(${service.url}/dashboard/links/[^"]+)"`).exec(page.html)?.[1];
  expect(link).toBe(made.body.url);
  const opened = await openBrowser(service).get(new URL(link!).pathname);
  expect(opened.html).toContain(email);
  const headers = operatorBasic(service);
  const html = await fetch(`${service.url}${path}/html`, { headers });
  expect(html.headers.get('content-security-policy')).toMatch(/^default-src 'none';.* sandbox/);
  expect(await html.text()).toContain(`href="${link!}"`);
});

test('what is attached to a mail can be read there, by admins', async () => {
  const email = 'attached@example.com';
  const attachments = [{ name: 'a.json', type: 'application/json', base64: 'e30=' }];
  const wording = { subject: 'S', text: 'T' };
  await mailReceipt({ ctx: ctx(), email, wording, attachments });
  const { path, page } = await mailTo(email);
  expect(page.html).toContain(`href="${path}/files/a.json"`);
  const headers = operatorBasic(service);
  const file = await fetch(`${service.url}${path}/files/a.json`, { headers });
  expect([file.headers.get('content-disposition'), await file.text()]).toEqual([
    'attachment; filename=a.json',
    '{}',
  ]);
  expect((await fetch(`${service.url}${path}/files/b.json`, { headers })).status).toBe(404);
  expect((await fetch(`${service.url}${path}/files/a.json`)).status).not.toBe(200);
});

test('a mail is there once, until it expires', async () => {
  const email = `once@${company.id}.example`;
  await operator('POST', `/companies/${company.id}/invitations`, { email, role: 'viewer' });
  const { path } = await mailTo(email);
  const _id = path.split('/').at(-1)!;
  const mail = (await ctx().store.inboxMails.find(_id))!;
  await ctx().store.inboxMails.put(mail);
  expect(await collections(ctx()).inboxMails.countDocuments({ _id })).toBe(1);
  expect(mail.expires_at.getTime()).toBeLessThanOrEqual(Date.now() + 72 * 3_600_000);
  expect(await collections(ctx()).inboxMails.indexes()).toContainEqual(
    expect.objectContaining({ key: { expires_at: 1 }, expireAfterSeconds: 0 }),
  );
  await until('nothing waits', async () => (await ctx().store.mails.find(_id)) === null);
});

test('only the operator reads them: /operator/mails leads there', async () => {
  const open = (path: string, headers = {}) =>
    fetch(service.url + path, { headers, redirect: 'manual' });
  for (const path of ['/operator/mails', `${PAGES}/mails`, `${PAGES}/mails/x/html`]) {
    const sent = await open(path);
    expect([path, sent.status]).toEqual([path, 401]);
  }
  const led = await open('/operator/mails', operatorBasic(service));
  expect([led.status, led.headers.get('location')]).toEqual([303, `${PAGES}/mails`]);
  expect((await look(service, '/mails/mail_unknown')).status).toBe(404);
});

test('jobs say what is wrong with a mail server, and what to do', async () => {
  const other = await startService(testConfig({ SMTP_URL: 'smtp://127.0.0.1:1' }));
  try {
    const { id } = await makeCompany(other.ctx);
    const invite = operatorClient(() => other);
    const person = { email: `new@${id}.example`, role: 'viewer' };
    await invite('POST', `/companies/${id}/invitations`, person);
    const { html } = await until('a first try', async () => {
      const page = await look(other, '/jobs?state=retrying');
      return page.html.includes('mail_server_away') ? page : null;
    });
    expect(html).toContain('The mail server does not answer: check that it runs, and SMTP_URL.');
    expect(html).not.toContain(person.email);
  } finally {
    await other.close();
  }
});

test.each([{ SMTP_URL: 'smtp://127.0.0.1:1' }, PRODUCTION])(
  'with a mail server, or in production, nobody reads any: %o',
  async (settings) => {
    const other = await startService(testConfig(settings));
    try {
      for (const path of ['/mails', '/mails/x', '/mails/x/html']) {
        expect([path, (await look(other, path)).status]).toEqual([path, 404]);
      }
      expect((await look(other)).html).not.toContain(`${PAGES}/mails`);
    } finally {
      await other.close();
    }
  },
);
