/** Markup in every field that somebody other than the reader can fill in: pages show it as text. */
import { createToken } from '../../../src/core/credentials/create-token';
import { addProperty } from '../../../src/core/credentials/add-property';
import { finishRevocation } from '../../../src/core/revocations/finish-revocation';
import { CALLER, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { type Browser, type Fetched, signedInBrowser } from './scriptless-browser';

let service: Service;
let company: TestCompany;
let browser: Browser & { email: string; userId: string };

/** Breaks out of an attribute and out of an element; names its field. */
const markup = (field: string) => `"'><b/id=${field}>`;
const asText = (field: string) => `&quot;&#39;&gt;&lt;b/id=${field}&gt;`;

beforeAll(async () => {
  service = await startService();
  company = await makeCompany(service.ctx, { settings: { name: markup('company') } });
  browser = await signedInBrowser(service, company);
});
afterAll(() => service.close());

/** Fields that a page shows as markup, or not at all. */
function leaks(page: string, { html }: Fetched, fields: string[]): string[] {
  const raw = /<b\/id=\w+|"'/.exec(html)?.[0];
  const hidden = fields.filter((field) => !html.includes(asText(field)));
  return [
    ...(raw === undefined ? [] : [`${page}: ${raw} as markup`]),
    ...hidden.map((field) => `${page}: ${field} is not shown`),
  ];
}

async function look(path: string, fields: string[]): Promise<string[]> {
  return leaks(path, await browser.get(`/dashboard${path}`), [...fields, 'company']);
}

/** A certificate with markup in every field, revoked by the consumer for a reason in markup. */
async function revokedByConsumer(): Promise<string> {
  const { ctx } = service;
  const { id } = await makeCertificate(ctx, company, {
    session_id: markup('session'),
    origin: markup('origin'),
    // Only a quoted local part may hold it (RFC 5321, 4.1.2).
    email: `"${markup('email').replace('"', '\\"')}"@example.com`,
    consents: [{ type: markup('type'), text: markup('text') }],
    events: { [markup('key')]: markup('event') },
  });
  const optOut = { company_id: company.id, certificate_id: id, reason: markup('reason') };
  expect((await service.post('/opt-out', optOut)).body.revoked).toBe(1);
  const { opt_out } = (await ctx.store.certificates.find(company.id, id))!;
  // A worker writes the audit: here the test is the worker.
  await finishRevocation({ ctx, revocationId: opt_out.revocation_id! });
  return id;
}

test('what consumers fill in', async () => {
  const id = await revokedByConsumer();
  const facts = ['session', 'origin', 'email', 'type', 'text', 'reason'];
  const { html } = await browser.get(`/dashboard/certificates/${id}`);
  // JSON puts a backslash before the quotation mark.
  for (const field of ['key', 'event']) expect(html).toContain(`&#39;&gt;&lt;b/id=${field}&gt;`);
  expect([
    ...(await look(`/certificates/${id}`, facts)),
    ...(await look('/certificates', ['email'])),
    ...(await look('/audit', ['reason'])),
  ]).toEqual([]);
});

test('what colleagues and operators fill in', async () => {
  const by = { ctx: service.ctx, companyId: company.id, caller: CALLER };
  const input = { name: markup('name'), domain: markup('domain') };
  const { property_ref } = await addProperty({ ...by, input });
  const { token_id } = await createToken({ ...by, input: { label: markup('label') } });
  expect([
    ...(await look('/properties', ['name', 'domain'])),
    ...(await look(`/properties/${property_ref}`, ['name', 'domain'])),
    ...(await look('/settings', [])),
    ...(await look('/settings/integrations', ['label'])),
    ...(await look(`/settings/integrations/${token_id}/revoke`, ['label'])),
  ]).toEqual([]);
});

test('what a form or a link carries', async () => {
  const { id } = await makeCertificate(service.ctx, company);
  const q = encodeURIComponent(markup('q'));
  const long = 'x'.repeat(1_001);
  const reason = markup('reason') + long;
  const settings = { action: 'keep', parties: markup('parties') + long, allowlist: markup('list') };
  const posts: [string, Record<string, string>, string[]][] = [
    ['/certificates/selection', { id, q: markup('q'), reason: markup('reason') }, ['q', 'reason']],
    ['/certificates/selection', { id: [id, markup('id')] as never }, ['id']],
    ['/certificates/revocations', { id, reason }, ['reason']],
    [`/certificates/${id}/revoke`, { reason }, ['reason']],
    ['/properties', { name: markup('name'), domain: '' }, ['name']],
    ['/settings', settings, ['parties', 'list']],
    ['/settings/integrations', { label: markup('label') + long }, ['label']],
    ['/settings/people', { email: markup('email'), role: 'viewer' }, ['email']],
  ];
  const found = [
    ...(await look(`/certificates?q=${q}&status=${q}&cursor=${q}`, ['q'])),
    ...(await look(`/audit?action=${q}&certificate_id=${q}&from=${q}&to=${q}&cursor=`, ['q'])),
  ];
  for (const [path, fields, shown] of posts) {
    found.push(...leaks(path, await browser.post(`/dashboard${path}`, fields), shown));
  }
  const login = await browser.post('/dashboard/login', {
    email: markup('login'),
    password: 'x',
    next: `/dashboard/certificates?q=${markup('n')}`,
  });
  found.push(...leaks('/login', login, ['login']));
  expect(found).toEqual([]);
});
