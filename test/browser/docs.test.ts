import type { Browser } from 'playwright-core';
import { recordedExamples } from '../../src/http/openapi/examples';
import { makeCompany } from '../helpers/company';
import { operations } from '../helpers/described';
import { type Service, startService } from '../helpers/service';
import { openVisitor, startBrowser, type Visitor } from './browser';

/** Swagger UI renders every operation at once, which takes its time on a busy machine. */
const LONG_MS = 60_000;
jest.setTimeout(2 * LONG_MS);

let browser: Browser;
let service: Service;
let visitor: Visitor;

beforeAll(async () => {
  [browser, service] = await Promise.all([startBrowser(), startService()]);
});
afterAll(async () => {
  await browser.close();
  await service.close();
});
beforeEach(async () => {
  visitor = await openVisitor(browser, service.url, { viewport: { width: 1280, height: 900 } });
  visitor.context.setDefaultTimeout(LONG_MS);
});
afterEach(() => visitor.leave());

/** An operation on the page; Swagger UI names it by its tag and id. */
function block(id: string) {
  const operation = operations.find((one) => one.id === id)!;
  return visitor.page.locator(`#operations-${operation.object.tags[0]!}-${id}`);
}

test('shows every operation, by dialect', async () => {
  const { page } = visitor;
  await page.goto('/docs');
  for (const dialect of ['eConsent', 'Attestr', 'Baanx', 'Operator']) {
    await page.getByRole('heading', { level: 3, name: dialect }).waitFor();
  }
  const shown = await page.locator('.opblock').evaluateAll((all) => all.map(({ id }) => id));
  const described = operations.map(({ id, object }) => `operations-${object.tags[0]!}-${id}`);
  expect(shown.sort()).toEqual(described.sort());
  expect(await page.getByRole('main').count()).toBe(1);
});

test.each(['verifyMatch', 'attestrRevokeConsent', 'baanxRevokeConsent'])(
  '%s opens by its link and shows a real answer',
  async (id) => {
    const tag = operations.find((one) => one.id === id)!.object.tags[0]!;
    await visitor.page.goto(`/docs#/${tag}/${id}`);
    const answer = block(id).locator('.response[data-code="200"] .highlight-code code');
    const example: unknown = JSON.parse((await answer.textContent())!);
    expect(example).toEqual(recordedExamples[id]!.answers[200]);
  },
);

test('lets a developer try a call with a token', async () => {
  const { page } = visitor;
  const company = await makeCompany(service.ctx, { balanceMicrousd: 123_456 });
  await page.goto('/docs#/eConsent/getWallet');
  await page.getByRole('button', { name: 'Authorize' }).first().click();
  const dialog = page.locator('.dialog-ux');
  await dialog.locator('#auth-bearer-value').first().fill(company.token);
  await dialog.getByRole('button', { name: 'Apply credentials' }).first().click();
  await dialog.getByRole('button', { name: 'Close' }).first().click();
  await block('getWallet').getByRole('button', { name: 'Try it out' }).click();
  await block('getWallet').getByRole('button', { name: 'Execute' }).click();
  const answer = block('getWallet').locator('.live-responses-table .response .highlight-code');
  expect(await answer.first().textContent()).toContain('"balance_microusd": 123456');
});
