import type { Browser } from 'playwright-core';
import { addProperty } from '../../src/core/credentials/add-property';
import { DEMO_COMPANY_ID, demoSession } from '../../src/core/credentials/find-demo';
import { createCompany } from '../../src/core/companies/create-company';
import { topUp } from '../../src/core/wallet/top-up';
import { recordedExamples } from '../../src/http/openapi/examples';
import { CALLER, makeCertificate, makeCompany } from '../helpers/company';
import { operations } from '../helpers/described';
import { type Service, startService } from '../helpers/service';
import { testConfig } from '../helpers/settings';
import { run } from '../scripts/run-script';
import { openVisitor, startBrowser, type Visitor } from './browser';

/** Swagger UI renders every operation at once, which takes its time on a busy machine. */
const LONG_MS = 60_000;
jest.setTimeout(2 * LONG_MS);

let browser: Browser;
let service: Service;
let visitor: Visitor;

beforeAll(async () => {
  [browser, service] = await Promise.all([
    startBrowser(),
    startService(testConfig({ DEMO: 'true', OPT_OUT_RATE_PER_MINUTE: '1000' })),
  ]);
  await makeDemo();
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

/** The demo company, with a text that a shell must not take apart. */
async function makeDemo(): Promise<void> {
  const { ctx } = service;
  const by = { ctx, companyId: DEMO_COMPANY_ID, caller: CALLER };
  await createCompany({
    ctx,
    caller: CALLER,
    input: { company_id: DEMO_COMPANY_ID, name: 'Demo Company' },
  });
  const { property_id: propertyId } = await addProperty({
    ...by,
    input: { name: 'Site', domain: 'demo.example' },
  });
  await topUp({ ...by, amountMicrousd: 1_000_000 });
  const company = {
    id: DEMO_COMPANY_ID,
    propertyId,
    token: '',
    ids: { company_id: DEMO_COMPANY_ID, property_id: propertyId },
  };
  const text = `It's "fine" to call me: $HOME \\ \`id\`, <b>at once</b>.`;
  for (let i = 0; i < 2; i += 1) {
    const input = { session_id: demoSession(i), consents: [{ type: 'tcpa', text }] };
    await makeCertificate(ctx, company, input);
  }
}

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

const CREDENTIALS = {
  eConsent: ['auth-bearer-value'],
  Attestr: ['auth-basic-username', 'auth-basic-password'],
  Baanx: ['api_key_value', 'api_key_value'],
  Operator: ['auth-bearer-value'],
};

test('asks for the credential of a dialect and for no other', async () => {
  const { page } = visitor;
  await page.goto('/docs');
  for (const [dialect, fields] of Object.entries(CREDENTIALS)) {
    await page.getByRole('button', { name: `Authorize ${dialect}` }).click();
    const dialog = page.locator('.dialog-ux');
    await dialog.getByRole('button', { name: 'Close' }).first().waitFor();
    const asked = dialog.locator('input');
    const ids = await asked.evaluateAll((all) => all.map(({ id }) => id));
    expect([dialect, ids]).toEqual([dialect, fields]);
    expect(await dialog.locator('form').count()).toBe(1);
    await dialog.getByRole('button', { name: 'Close' }).last().click();
  }
});

describe('the quickstart', () => {
  const heading = (name: string) => visitor.page.getByRole('heading', { level: 3, name });

  test('works as it is printed, from the first call on', async () => {
    const { page } = visitor;
    await page.goto('/docs');
    const printed = await page.locator('.call[aria-labelledby^=step-] pre.curl').allTextContents();
    const answers: Record<string, unknown>[] = [];
    for (const line of printed) {
      const { stdout } = await run(['sh', '-c', line], {});
      answers.push(JSON.parse(stdout) as Record<string, unknown>);
    }
    expect(answers).toEqual([
      expect.objectContaining({ valid: true }),
      expect.objectContaining({ success: true, revoked: 1 }),
      { status: 403, error: 'This session has opted out' },
    ]);
  });

  test('works in the page', async () => {
    const { page } = visitor;
    await page.goto('/docs');
    const steps = [
      ['1. Check a certificate', '200\n{\n  "valid": true'],
      ['3. Check it again', 'Not refused yet: run step 2 first'],
      ['2. The consumer opts out', '"revoked": 1'],
      ['3. Check it again', '403\n{'],
    ] as const;
    for (const [name, answer] of steps) {
      await heading(name).waitFor();
      const step = page.locator('.call').filter({ has: heading(name) });
      await step.getByRole('button', { name: 'Try it' }).click();
      await step.locator('output:not(:empty)').waitFor();
      expect(await step.locator('output').textContent()).toContain(answer);
    }
  });

  test('is there without any script, with prices and refusals', async () => {
    const plain = await openVisitor(browser, service.url, { javaScriptEnabled: false });
    await plain.page.goto('/docs');
    await plain.page.getByRole('heading', { name: 'Quickstart' }).waitFor();
    expect(await plain.page.getByRole('button', { name: 'Try it' }).count()).toBe(0);
    await plain.page.getByRole('cell', { name: '$0.015' }).waitFor();
    await plain.page.getByRole('rowheader', { name: 'This session has opted out' }).waitFor();
    await plain.leave();
  });
});

test('our part of the page is accessible and fits every screen', async () => {
  const { page } = visitor;
  await page.goto('/docs');
  await page.locator('.opblock').first().waitFor();
  await visitor.inspect('#swagger-ui');
  await page.setViewportSize({ width: 1920, height: 1080 });
  await visitor.inspect('#swagger-ui');
});

test('leads to the front page and back to its own parts', async () => {
  const { page } = visitor;
  await page.goto('/docs');
  expect(await page.getByRole('link', { name: 'All pages' }).getAttribute('href')).toBe('/');
  const nav = page.getByRole('navigation', { name: 'This page' });
  for (const link of await nav.getByRole('link').all()) {
    const id = (await link.getAttribute('href'))!.replace('/docs#', '');
    expect(await page.locator(`[id="${id}"]`).count()).toBe(1);
  }
});
