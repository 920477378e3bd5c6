import type { Browser, BrowserContextOptions } from 'playwright-core';
import { makeCertificate, makeCompany } from '../helpers/company';
import { type Mailbox, startMailbox } from '../helpers/mailbox';
import { type Service, startService } from '../helpers/service';
import { testConfig } from '../helpers/settings';
import { until } from '../helpers/until';
import { focusedText, openVisitor, startBrowser, type Visitor } from './browser';

const EMAIL = 'someone@example.com';

let browser: Browser;
let mailbox: Mailbox;
let service: Service;
let visitor: Visitor;

beforeAll(async () => {
  browser = await startBrowser();
  mailbox = await startMailbox();
});

afterEach(async () => {
  await visitor.leave();
  await service.close();
});

afterAll(async () => {
  await browser.close();
  await mailbox.close();
});

/** A person with consents in two companies, on a portal with the settings given. */
async function openPortal(settings: Record<string, string>, options: BrowserContextOptions = {}) {
  service = await startService(testConfig(settings));
  const { ctx } = service;
  const companies = [
    await makeCompany(ctx, { settings: { name: 'First Corp' } }),
    await makeCompany(ctx, { settings: { name: 'Second Corp' } }),
  ];
  const certificates = await Promise.all(
    companies.map((company) => makeCertificate(ctx, company, { email: EMAIL })),
  );
  visitor = await openVisitor(browser, service.url, options);
  await visitor.page.goto('/opt-out');
  return async () =>
    Promise.all(
      companies.map(async (company, i) => {
        const found = await ctx.store.certificates.find(company.id, certificates[i]!.id);
        return found!.opt_out.revoke;
      }),
    );
}

const enter = async (text: string) => {
  await visitor.page.getByLabel('Email, phone number or certificate ID').fill(text);
  await visitor.page.getByRole('button', { name: 'Find my consent' }).click();
};

/** Takes the mailed code out of the mailbox. */
const mailedCode = async () => {
  const mail = await until('the mail', () => mailbox.mails.shift());
  return /Your code is (\d{6})/.exec(mail.raw)![1]!;
};

const heading = (name: string) => visitor.page.getByRole('heading', { level: 1, name });

test('code: the mailed code opens the whole list, some of which is revoked', async () => {
  const revoked = await openPortal({ PORTAL_MODE: 'code', SMTP_URL: mailbox.url });
  const { page } = visitor;
  await enter(EMAIL);
  await heading('Enter your code').waitFor();
  await visitor.inspect();
  const code = await mailedCode();

  const wrong = code === '000000' ? '111111' : '000000';
  await page.getByLabel('Six-digit code').fill(wrong);
  await page.getByRole('button', { name: 'Show my consents' }).click();
  await page.getByRole('alert').getByText('This is not the code').waitFor();
  await visitor.inspect();
  await page.getByLabel('Six-digit code').fill(`${code.slice(0, 3)} ${code.slice(3)}`);
  await page.getByRole('button', { name: 'Show my consents' }).click();
  await heading('Your consents').waitFor();
  expect(await focusedText(page)).toBe('Your consents');
  await visitor.inspect();

  await page.getByLabel('First Corp').uncheck();
  await page.getByLabel('Second Corp').uncheck();
  await page.getByRole('button', { name: 'Revoke consent' }).click();
  await page.getByRole('alert').getByText('Choose at least one consent').waitFor();
  await visitor.inspect();
  await page.getByLabel('Second Corp').check();
  await page.getByRole('button', { name: 'Revoke consent' }).click();
  await heading('Your consent has been revoked').waitFor();
  expect(await revoked()).toEqual([false, true]);
});

test('code: the same without any script', async () => {
  const settings = { PORTAL_MODE: 'code', SMTP_URL: mailbox.url };
  const revoked = await openPortal(settings, { javaScriptEnabled: false });
  const { page } = visitor;
  await enter(EMAIL);
  await page.getByLabel('Six-digit code').fill(await mailedCode());
  await page.getByRole('button', { name: 'Show my consents' }).click();
  await page.getByLabel('Second Corp').uncheck();
  await page.getByRole('button', { name: 'Revoke consent' }).click();
  await heading('Your consent has been revoked').waitFor();
  expect(await revoked()).toEqual([true, false]);
});

test('code: nobody needs it to revoke', async () => {
  const revoked = await openPortal({ PORTAL_MODE: 'code', SMTP_URL: mailbox.url });
  await enter(EMAIL);
  await heading('Enter your code').waitFor();
  await visitor.page.getByRole('button', { name: 'Revoke consent' }).click();
  await heading('Your consent has been revoked').waitFor();
  expect(await revoked()).toEqual([true, true]);
});

test('blind: nothing is shown, everything is revoked', async () => {
  const revoked = await openPortal({ PORTAL_MODE: 'blind' });
  await enter(EMAIL);
  await heading('Revoke consent').waitFor();
  await visitor.inspect();
  await visitor.page.getByRole('button', { name: 'Revoke consent' }).click();
  await heading('Your consent has been revoked').waitFor();
  await visitor.inspect();
  expect(await revoked()).toEqual([true, true]);
});

test('too many look-ups from one place: a page says so', async () => {
  await openPortal({ OPT_OUT_RATE_PER_MINUTE: '1' });
  await enter('nobody@example.com');
  await heading('We found no consent').waitFor();
  await enter('nobody@example.com');
  await heading('Too many tries').waitFor();
  expect(await focusedText(visitor.page)).toBe('Too many tries');
  await visitor.inspect();
});
