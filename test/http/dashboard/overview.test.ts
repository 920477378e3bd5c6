import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { firstSteps } from '../../../src/core/activity/first-steps';
import { recordActivity } from '../../../src/core/activity/record-activity';
import { addProperty } from '../../../src/core/credentials/add-property';
import { createCompany } from '../../../src/core/companies/create-company';
import { newScrub } from '../../../src/core/batches/scrub/new-scrub';
import { createToken } from '../../../src/core/credentials/create-token';
import { topUp } from '../../../src/core/wallet/top-up';
import { storeBatch } from '../../core/batches/scene';
import { collections } from '../../helpers/collections';
import {
  CALLER,
  CONSENT,
  makeCertificate,
  makeCompany,
  type TestCompany,
} from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { signedInBrowser } from './scriptless-browser';

let service: Service;
let made = 0;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

async function makeNew(): Promise<{ id: string; company: TestCompany }> {
  const id = `comp-first-${String((made += 1))}`;
  await createCompany({ ...service, caller: CALLER, input: { name: 'New', company_id: id } });
  return {
    id,
    company: { id, propertyId: '', token: '', ids: { company_id: id, property_id: '' } },
  };
}

/** As a browser shows it: a command of the page. */
function command(html: string, name: string): string {
  const [, text = ''] =
    new RegExp(`<pre[^>]*id="${name}-call"[^>]*>([^<]*)</pre>`).exec(html) ?? [];
  const entities = { '&quot;': '"', '&#39;': "'", '&lt;': '<', '&gt;': '>', '&amp;': '&' };
  return text.replace(/&(quot|#39|lt|gt|amp);/g, (one) => entities[one as keyof typeof entities]);
}

/** Pastes a command into a terminal. */
async function paste(text: string, token: string): Promise<Record<string, unknown>> {
  const env = { ...process.env, TOKEN: token };
  const { stdout } = await promisify(execFile)('sh', ['-c', text], { env });
  return JSON.parse(stdout) as Record<string, unknown>;
}

test('signing in leads to what happened: checks, refusals, revocations, balance, batches', async () => {
  const { ctx } = service;
  const company = await makeCompany(ctx, { balanceMicrousd: 1_000_000 });
  const { id } = await makeCertificate(ctx, company);
  const check = { ...company.ids, certificate_id: id, consent: CONSENT };
  for (let i = 0; i < 3; i++) await service.post('/verify/match', check);
  await service.post(`/certificates/${id}/revoke`, {}, { token: company.token });
  await service.post('/verify/match', check);
  await recordActivity({ ctx });
  const open = { state: 'revoking', open: true, file_name: 'october.csv' } as const;
  await storeBatch({ ...service, company }, 'email\na@example.com\n', open);
  const browser = await signedInBrowser(service, company);
  // The fourth was refused, and refusals are not charged.
  const steps = (await browser.get(`/dashboard/certificates/${id}`)).html;
  expect(steps).toContain('<li>Checked 3 times<');
  const { html } = await browser.get('/dashboard');
  const value = (of: string) => new RegExp(`id="${of}">([^<]*)<`).exec(html)?.[1];
  expect(['checks', 'refused', 'revocations', 'available'].map(value)).toEqual([
    '4',
    '1',
    '1',
    '$0.95',
  ]);
  expect(html).toContain('25% of checks');
  expect(html).toContain('API 100%');
  expect(html).toContain('$0.045 spent');
  expect(html).toContain('october.csv');
  expect(html).toContain('<progress');
  const today = new Date().toISOString().slice(0, 10);
  expect(html).toContain(
    `<th scope="row">${today}</th><td class="num">3</td><td class="num">1</td>`,
  );
  const other = await signedInBrowser(service, await makeCompany(ctx));
  expect((await other.get('/dashboard')).html).not.toContain('october.csv');
});

test('batches under way are asked for again, by themselves, until all have ended', async () => {
  const { ctx } = service;
  const company = await makeCompany(ctx);
  const open = { state: 'revoking', open: true, file_name: 'october.csv' } as const;
  const { _id } = await storeBatch({ ...service, company }, 'email\na@example.com\n', open);
  const browser = await signedInBrowser(service, company);
  const asked = /hx-get="([^"]+)" hx-trigger="every 2s" hx-target="#under-way"/;
  const [, path = ''] = asked.exec((await browser.get('/dashboard')).html) ?? [];
  const again = (await browser.get(path)).html;
  expect(again).toContain('id="under-way"');
  expect(again).toContain('october.csv');
  expect(again).toContain('<progress');
  expect(again).toMatch(asked);
  await collections(ctx).batches.updateOne({ _id }, { $set: { state: 'completed', open: false } });
  for (const shown of [path, '/dashboard']) {
    const { html } = await browser.get(shown);
    expect(html).toContain('october.csv');
    expect(html).not.toMatch(asked);
  }
  const other = await signedInBrowser(service, await makeCompany(ctx));
  expect((await other.get(path)).html).not.toContain('october.csv');
});

test('a scrub under way is among them, with a link to it, until it has ended', async () => {
  const { ctx } = service;
  const company = await makeCompany(ctx);
  const { _id } = await storeBatch({ ...service, company }, 'email\na@example.com\n', {
    kind: 'scrubs',
    scrub: newScrub({}),
    state: 'answering',
    open: true,
    file_name: 'leads.csv',
  });
  const browser = await signedInBrowser(service, company);
  for (const path of ['/dashboard', '/dashboard/under-way']) {
    const { html } = await browser.get(path);
    expect(html).toMatch(new RegExp(`href="/dashboard/contacts/scrubs/${_id}"[^>]*>leads.csv<`));
    expect(html).toContain('>Answering<');
    expect(html).toContain('hx-trigger="every 2s"');
  }
  expect((await browser.get(`/dashboard/contacts/scrubs/${_id}`)).status).toBe(200);
  await collections(ctx).batches.updateOne({ _id }, { $set: { state: 'completed', open: false } });
  const { html } = await browser.get('/dashboard');
  expect(html).not.toContain('leads.csv');
  expect(html).not.toContain('hx-trigger="every 2s"');
});

test('a new company’s first calls work as they are pasted, and tick their steps', async () => {
  const { ctx } = service;
  const { id: companyId, company } = await makeNew();
  const browser = await signedInBrowser(service, company);
  const look = async () => (await browser.get('/dashboard')).html;
  expect(await look()).toContain('0 of 5');
  const by = { ctx, companyId, caller: CALLER };
  const input = { name: "Ann's", domain: 'ann.example' };
  const { property_id } = await addProperty({ ...by, input });
  const { token } = await createToken({ ...by, input: { label: 'first' } });
  await topUp({ ...by, amountMicrousd: 1_000_000 });
  const register = command(await look(), 'certificate');
  expect(register).toContain(property_id);
  expect(register).toContain('$TOKEN');
  expect(await paste(register, token)).toHaveProperty('certificate_id');
  expect(await paste(register, token)).toHaveProperty('certificate_id');
  expect(await paste(command(await look(), 'check'), token)).toMatchObject({ valid: true });
  expect(await look()).toContain('4 of 5');
  expect(await look()).toContain(`/opt-out?company=${companyId}`);
  const sent = await browser.post('/dashboard/first-steps/link', {});
  expect([sent.status, sent.location]).toEqual([303, '/dashboard']);
  expect(await look()).not.toContain('First steps');
});

test('a consent with quotation marks does not break out of the command', async () => {
  const { ctx } = service;
  const { id: companyId, company } = await makeNew();
  const by = { ctx, companyId, caller: CALLER };
  const input = { name: 'Site', domain: 'b.example' };
  const { property_id } = await addProperty({ ...by, input });
  const { token } = await createToken({ ...by, input: { label: 'first' } });
  await topUp({ ...by, amountMicrousd: 1_000_000 });
  const text = `It's "ok" $(touch /tmp/never) \`id\` <b>\\ & 'all'`;
  await makeCertificate(
    ctx,
    { ...company, propertyId: property_id },
    { consents: [{ type: 't', text }] },
  );
  const { html } = await (await signedInBrowser(service, company)).get('/dashboard');
  expect(html).not.toContain('<b>\\');
  expect(await paste(command(html, 'check'), token)).toMatchObject({ valid: true });
});

test('viewers see the steps, but no property’s id, and tick none', async () => {
  const { id: companyId, company } = await makeNew();
  const input = { name: 'Site', domain: 'c.example' };
  const { property_id } = await addProperty({ ...service, companyId, caller: CALLER, input });
  const viewer = await signedInBrowser(service, company, 'viewer');
  const { html } = await viewer.get('/dashboard');
  expect(html).toContain('First steps');
  expect(html).not.toContain(property_id);
  expect(html).not.toContain('Mark as done');
  expect((await viewer.post('/dashboard/first-steps/link', {})).status).toBe(403);
  const { steps } = (await firstSteps({ ...service, companyId }))!;
  expect(steps.find(({ step }) => step === 'link')).toEqual({ step: 'link', done: false });
});

test('says what to do where nothing has happened', async () => {
  const { company } = await makeNew();
  const { html } = await (await signedInBrowser(service, company)).get('/dashboard');
  expect(html).toContain('No checks yet. Your first steps lead you to one.');
  expect(html).toContain('No file and no list has been revoked yet.');
});
