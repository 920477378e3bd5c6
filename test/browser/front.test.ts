import type { Browser } from 'playwright-core';
import { type Service, startService } from '../helpers/service';
import { openVisitor, startBrowser, type Visitor } from './browser';

let browser: Browser;
let service: Service;
let visitor: Visitor;

beforeAll(async () => {
  browser = await startBrowser();
  service = await startService();
});
afterEach(() => visitor.leave());
afterAll(async () => {
  await browser.close();
  await service.close();
});

test('the front door leads a consumer to the portal, in their language, without any script', async () => {
  visitor = await openVisitor(browser, service.url, { locale: 'es-MX', javaScriptEnabled: false });
  const { page } = visitor;
  await page.goto('/');
  await page.getByRole('link', { name: 'No recibir más llamadas' }).click();
  await page.getByLabel('Correo electrónico').waitFor();
});

test.each([
  ['phone', { width: 360, height: 740 }],
  ['desk', { width: 1280, height: 900 }],
])('the front door can be read on a %s, and a whole card can be clicked', async (_, viewport) => {
  visitor = await openVisitor(browser, service.url, { viewport });
  const { page } = visitor;
  await page.goto('/');
  await visitor.inspect();
  const text = page.getByText('Sign in to see your certificates');
  // The link lies over it.
  await text.click({ force: true });
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
});
