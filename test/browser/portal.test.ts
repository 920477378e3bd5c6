import type { Browser } from 'playwright-core';
import type { Context } from '../../src/context';
import { makeCertificate, makeCompany, type TestCompany } from '../helpers/company';
import { type Service, startService } from '../helpers/service';
import { testConfig } from '../helpers/settings';
import { focusedText, openVisitor, startBrowser, type Visitor } from './browser';

let browser: Browser;
let service: Service;
let ctx: Context;
let acme: TestCompany;
let other: TestCompany;
let visitor: Visitor;

beforeAll(async () => {
  browser = await startBrowser();
  service = await startService(testConfig({ OPT_OUT_RATE_PER_MINUTE: '1000' }));
  ({ ctx } = service);
  acme = await makeCompany(ctx, {
    settings: { name: 'Acme <img src=x onerror=alert(1)> & Sons' },
  });
  other = await makeCompany(ctx, { settings: { name: 'Other Corp' } });
});

afterEach(() => visitor.leave());

afterAll(async () => {
  await browser.close();
  await service.close();
});

const isRevoked = async (company: TestCompany, id: string) =>
  (await ctx.store.certificates.find(company.id, id))!.opt_out.revoke;

const enter = async (text: string) => {
  await visitor.page.getByLabel('Email, phone number or certificate ID').fill(text);
  await visitor.page.getByRole('button', { name: 'Find my consent' }).click();
};

const heading = (name: string | RegExp) => visitor.page.getByRole('heading', { level: 1, name });

const revoke = async () => {
  await visitor.page.getByRole('button', { name: 'Revoke consent' }).click();
  await heading('Your consent has been revoked').waitFor();
};

test('from the first click to the database, on a phone', async () => {
  const certificates = [
    await makeCertificate(ctx, acme, { mobile: '+14155550111' }),
    await makeCertificate(ctx, acme, { mobile: '(415) 555-0111' }),
  ];
  visitor = await openVisitor(browser, service.url);
  const { page } = visitor;
  await page.goto('/opt-out');
  await visitor.inspect();
  await page.evaluate('window.stayed = true');

  await enter('415 555 0111');
  await heading('We found 2 consents').waitFor();
  expect(await focusedText(page)).toBe('We found 2 consents');
  expect(await page.evaluate('window.stayed')).toBe(true);
  expect(await page.content()).not.toContain('Acme');
  await visitor.inspect();
  expect(await isRevoked(acme, certificates[0]!.id)).toBe(false);

  await revoke();
  expect(await focusedText(page)).toBe('Your consent has been revoked');
  expect(await page.locator('#reference').textContent()).toMatch(/^RSC(-[0-9A-Z]{4}){3}$/);
  expect(await page.title()).toContain('Your consent has been revoked');
  await visitor.inspect();
  for (const { id } of certificates) expect(await isRevoked(acme, id)).toBe(true);

  const reference = await page.locator('#reference').textContent();
  await page.reload();
  await heading('Your consent has been revoked').waitFor();
  expect(await page.locator('#reference').textContent()).toBe(reference);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Save this confirmation' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('consent-revoked.txt');
  await page.getByRole('button', { name: 'Print' }).waitFor();
  // Back leads to the first page, and nothing is sent twice.
  await page.goBack();
  await heading('Stop calls, texts and emails').waitFor();
});

test('the same without any script', async () => {
  const email = 'no-script@example.com';
  const { id } = await makeCertificate(ctx, acme, { email });
  visitor = await openVisitor(browser, service.url, { javaScriptEnabled: false });
  await visitor.page.goto('/opt-out?lang=en');
  await enter('no-script@');
  await visitor.page.getByText('Check the email address').waitFor();
  expect(await visitor.page.getByLabel('Email, phone').inputValue()).toBe('no-script@');
  await enter(email);
  await heading('We found one consent').waitFor();
  expect(new URL(visitor.page.url()).search).toBe('?lang=en');
  await visitor.page.reload();
  await heading('We found one consent').waitFor();
  await revoke();
  expect(await isRevoked(acme, id)).toBe(true);
  // A reload or a bookmark of this address leads back to the form.
  await visitor.page.goto('/opt-out/confirm');
  await heading('Stop calls, texts and emails').waitFor();
});

test('with the keyboard alone', async () => {
  const { id } = await makeCertificate(ctx, acme, { email: 'keys@example.com' });
  visitor = await openVisitor(browser, service.url);
  const { page } = visitor;
  await page.goto('/opt-out');
  await page.keyboard.press('Tab');
  expect(await focusedText(page)).toBe('Skip to the content');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.type('keys@example.com');
  await page.keyboard.press('Enter');
  await heading('We found one consent').waitFor();
  // The three channels come first, all of them chosen.
  for (let i = 0; i < 3; i++) await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  expect(await focusedText(page)).toBe('Revoke consent');
  await page.keyboard.press('Enter');
  await heading('Your consent has been revoked').waitFor();
  expect(await isRevoked(acme, id)).toBe(true);
});

test('what is wrong is said beside the field, and what was typed stays', async () => {
  visitor = await openVisitor(browser, service.url);
  const { page } = visitor;
  const typed = '"><img src=x onerror=alert(1)> @';
  await page.goto('/opt-out');
  await enter(typed);
  const error = page.getByRole('alert');
  expect(await error.textContent()).toContain('Check the email address');
  const input = page.getByLabel('Email, phone number or certificate ID');
  expect(await input.inputValue()).toBe(typed);
  expect(await input.getAttribute('aria-describedby')).toContain(await error.getAttribute('id'));
  expect(await page.evaluate('document.activeElement.id')).toBe('identifier');
  await visitor.inspect();

  await enter('nobody@example.com');
  await heading('We found no consent').waitFor();
  await page.getByText('Try again').waitFor();
  await visitor.inspect();
});

test('a link of a company names it and preselects it; everything else stays', async () => {
  const email = 'linked@example.com';
  const here = await makeCertificate(ctx, acme, { email });
  const there = await makeCertificate(ctx, other, { email });
  visitor = await openVisitor(browser, service.url);
  const { page } = visitor;
  await page.goto(`/opt-out?company=${acme.id}`);
  await page
    .getByText('opened for your consent to Acme <img src=x onerror=alert(1)> & Sons')
    .waitFor();
  await visitor.inspect();
  await enter(email);
  await heading('We found 2 consents').waitFor();
  expect(await page.getByLabel(/Only my consent to Acme <img/).isChecked()).toBe(true);
  expect(await page.content()).not.toContain('Other Corp');
  await visitor.inspect();
  await revoke();
  expect([await isRevoked(acme, here.id), await isRevoked(other, there.id)]).toEqual([true, false]);

  await page.goto(`/opt-out?company=${acme.id}`);
  await enter(email);
  await page.getByText('None of them is with Acme').waitFor();
  await visitor.inspect();
  await revoke();
  expect(await isRevoked(other, there.id)).toBe(true);
});

test('Global Privacy Control preselects all companies and is recorded', async () => {
  const email = 'gpc@example.com';
  await makeCertificate(ctx, acme, { email });
  const there = await makeCertificate(ctx, other, { email });
  const extraHTTPHeaders = { 'Sec-GPC': '1' };
  visitor = await openVisitor(browser, service.url, { extraHTTPHeaders });
  await visitor.page.goto(`/opt-out?company=${acme.id}`);
  await visitor.page.getByText('Global Privacy Control').waitFor();
  await visitor.inspect();
  await enter(email);
  expect(await visitor.page.getByLabel('all companies').isChecked()).toBe(true);
  await revoke();
  const { opt_out } = (await ctx.store.certificates.find(other.id, there.id))!;
  expect(opt_out.reason).toContain('with Global Privacy Control');
});

test('in the language of the browser, or the one chosen', async () => {
  const email = 'idioma@example.com';
  const { id } = await makeCertificate(ctx, acme, { email });
  visitor = await openVisitor(browser, service.url, { locale: 'es-MX' });
  const { page } = visitor;
  await page.goto('/opt-out');
  await heading('Deje de recibir llamadas, mensajes y correos').waitFor();
  await visitor.inspect();
  await page.getByRole('link', { name: 'English' }).click();
  await heading('Stop calls, texts and emails').waitFor();
  await visitor.inspect();
  await page.getByRole('link', { name: 'Español' }).click();
  await page.getByLabel('Correo electrónico, número de teléfono').fill(email);
  await page.getByRole('button', { name: 'Buscar mi consentimiento' }).click();
  await heading('Hemos encontrado un consentimiento').waitFor();
  await visitor.inspect();
  await page.getByRole('button', { name: 'Revocar el consentimiento' }).click();
  await heading('Su consentimiento ha sido revocado').waitFor();
  await visitor.inspect();
  expect(await page.getAttribute('html', 'lang')).toBe('es');
  expect(await isRevoked(acme, id)).toBe(true);
});

test('a one-click link asks when it is opened', async () => {
  const { id } = await makeCertificate(ctx, acme, { email: 'click@example.com' });
  const { body } = await service.post(
    '/opt-out/links',
    { email: 'click@example.com' },
    { token: acme.token },
  );
  visitor = await openVisitor(browser, service.url);
  await visitor.page.goto(body.url);
  await heading(/^Withdraw your consent to Acme <img/).waitFor();
  await visitor.inspect();
  expect(await isRevoked(acme, id)).toBe(false);
  await revoke();
  expect(await isRevoked(acme, id)).toBe(true);
});

test('a page that is not there', async () => {
  visitor = await openVisitor(browser, service.url);
  await visitor.page.goto('/opt-out/elsewhere');
  await heading('Page not found').waitFor();
  await visitor.inspect();
});

test('the connection breaks: the page says so, and the next try works', async () => {
  const { id } = await makeCertificate(ctx, acme, { email: 'offline@example.com' });
  visitor = await openVisitor(browser, service.url);
  const { page, context } = visitor;
  await page.goto('/opt-out');
  await context.setOffline(true);
  await enter('offline@example.com');
  await page.getByText('We could not be reached').waitFor();
  await context.setOffline(false);
  await enter('offline@example.com');
  await revoke();
  expect(await isRevoked(acme, id)).toBe(true);
  const reported = visitor.problems.splice(0);
  expect(reported.filter((one) => !/INTERNET_DISCONNECTED|Failed to fetch/.test(one))).toEqual([]);
});
