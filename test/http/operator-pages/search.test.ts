import { OPERATOR_LOG } from '../../../src/core/audit/operator-log';
import { revokeByIdentifiers } from '../../../src/core/revocations/revoke-by-identifiers';
import { revokeCertificate } from '../../../src/core/revocations/revoke-certificate';
import { recordRevocation } from '../../core/health/scene';
import {
  CALLER,
  CONSENT,
  makeCertificate,
  makeCompany,
  type TestCompany,
} from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { submit } from '../portal/forms';
import { look, operatorBasic, PAGES } from './operator-browser';

let service: Service;
let company: TestCompany;

beforeAll(async () => {
  service = await startService();
});
beforeEach(async () => {
  company = await makeCompany(service.ctx, { settings: { name: '<b>Bold</b> Corp' } });
});
afterAll(() => service.close());

const send = (q: string) => submit(service, `${PAGES}/search`, { q }, operatorBasic(service));
const audited = async () =>
  (await service.ctx.store.audit.list(OPERATOR_LOG, { action: 'person.searched' }, { limit: 50 }))
    .items.length;

test('the field is on every page, and leads from an id to what it stands for', async () => {
  for (const at of ['', '/companies', `/companies/${company.id}`, '/search']) {
    expect((await look(service, at)).html).toContain(
      `<form method="post" action="${PAGES}/search"`,
    );
  }
  const { status, headers } = await send(` ${company.id} `);
  expect([status, headers.get('location')]).toEqual([303, `${PAGES}/search?q=${company.id}`]);
  const { html } = await look(service, `/search?q=${company.id}`);
  expect(html).toContain(`href="${PAGES}/companies/${company.id}"`);
  expect(html).toContain('&lt;b&gt;Bold&lt;/b&gt; Corp');
  expect((await look(service, '/search?q=nothing-at-all')).html).toContain('Nothing was found.');
});

test('a person is shown at once, named by no URL and by no page', async () => {
  const email = `p-${company.id}@example.com`;
  const { id } = await makeCertificate(service.ctx, company, { email });
  const before = await audited();
  const page = await send(email);
  expect([page.status, page.headers.get('location')]).toEqual([200, null]);
  expect(page.html).toContain(`${PAGES}/certificates/${encodeURIComponent(id)}`);
  expect(page.html).not.toContain(email);
  expect(await audited()).toBe(before + 1);
});

test.each(['ann@example.com', '(415) 555-0100'])('%s in the URL is not searched', async (q) => {
  const before = await audited();
  const page = await look(service, `/search?q=${encodeURIComponent(q)}`);
  expect([page.status, page.html.includes('nothing was searched')]).toEqual([400, true]);
  expect(page.html).not.toContain(q);
  expect(await audited()).toBe(before);
});

test.each([
  ['', 'Type up to'],
  ['x'.repeat(1_001), 'Type up to'],
  ['07911 123456', 'country code'],
])('%.15j is refused in words', async (q, words) => {
  const page = await send(q);
  expect([page.status, page.html.includes(words)]).toEqual([400, true]);
});

test('what other sites make a browser send searches nothing', async () => {
  const before = await audited();
  const headers = { ...operatorBasic(service), origin: 'https://evil.example' };
  const page = await submit(service, `${PAGES}/search`, { q: 'ann@example.com' }, headers);
  expect([page.status, await audited()]).toEqual([403, before]);
});

test('a certificate’s page says how it stands, and nothing about the person', async () => {
  const { ctx } = service;
  const given = { email: `c-${company.id}@example.com`, mobile: '+14155550177' };
  const { id } = await makeCertificate(ctx, company, given);
  const before = await look(service, `/certificates/${id.toLowerCase()}`);
  expect([before.heading, before.html.includes('>Active<')]).toEqual([id, true]);
  await revokeCertificate({
    ctx,
    companyId: company.id,
    certificateId: id,
    caller: CALLER,
    method: 'api',
    reason: 'said Ann on the phone',
  });
  const { html } = await look(service, `/certificates/${id}`);
  expect(html).toContain('>Revoked<');
  for (const said of [given.email, '5550177', CONSENT, 'said Ann'])
    expect(html).not.toContain(said);
  const request = /href="\/operator\/pages(\/revocations\/[^"]+)"/.exec(html)?.[1] ?? '';
  const page = await look(service, request);
  expect(page.html).toContain(`${PAGES}/certificates/${encodeURIComponent(id)}`);
  expect(page.html).toContain(`${PAGES}/companies/${company.id}`);
  for (const at of [
    '/certificates/EC-nobody',
    '/revocations/rev_nobody',
    '/revocations/RSC-0000-0000-0000',
  ]) {
    expect((await look(service, at)).status).toBe(404);
  }
});

test('what was opted out of by channel is told of a certificate and of the request', async () => {
  const { ctx } = service;
  const { id } = await makeCertificate(ctx, company, { email: `d-${company.id}@example.com` });
  const { revocation_id } = await revokeByIdentifiers({
    ctx,
    companyId: company.id,
    identifiers: { certificate_id: id },
    channels: ['text', 'call'],
    method: 'api',
    caller: CALLER,
  });
  const { html } = await look(service, `/certificates/${id}`);
  expect(html).toContain('badge warn">Opted out of calls and texts<');
  const request = await look(service, `/revocations/${revocation_id!}`);
  expect(request.html).toContain('<dt>Opts out of</dt><dd>calls and texts</dd>');
  expect(request.html).toContain(`${PAGES}/certificates/${encodeURIComponent(id)}`);
});

test('a reference number leads to what each company was asked for', async () => {
  const { ctx } = service;
  const other = await makeCompany(ctx);
  const reference = 'RSC-9999-4567-89AB';
  await ctx.store.portal.recordRequest({
    _id: reference,
    requested_at: new Date(),
    identifier: 'email',
    scope: 'all',
    company_ids: [company.id, other.id],
    gpc: false,
  });
  const { html, heading } = await look(service, '/revocations/rsc 9999 4567 89ab');
  expect(heading).toBe(`Revocation ${reference}`);
  expect(html.match(/Nothing to revoke/g)).toHaveLength(2);
  const { _id } = await recordRevocation(ctx, other.id);
  expect((await look(service, `/revocations/${_id}`)).html).toContain(other.id);
});
