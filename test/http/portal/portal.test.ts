import type { Context } from '../../../src/context';
import { finishRevocation } from '../../../src/core/revocations/finish-revocation';
import { CONSENT, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';
import { shown, submit } from './forms';

let service: Service;
let ctx: Context;
let first: TestCompany;
let second: TestCompany;

beforeAll(async () => {
  service = await startService(testConfig({ OPT_OUT_RATE_PER_MINUTE: '1000' }));
  ({ ctx } = service);
  first = await makeCompany(ctx, { settings: { name: 'First <b>Corp</b>' } });
  second = await makeCompany(ctx, { settings: { name: 'Second Corp' } });
});

afterAll(() => service.close());

const optOutOf = async (company: TestCompany, id: string) =>
  (await ctx.store.certificates.find(company.id, id))!.opt_out;

const find = (identifier: string, more: Record<string, string> = {}) =>
  submit(service, '/opt-out/find', { identifier, ...more });

async function auditOf(company: TestCompany, certificateId: string) {
  const { revocation_id } = await optOutOf(company, certificateId);
  await finishRevocation({ ctx, revocationId: revocation_id! });
  const entries = await ctx.store.audit.list(
    company.id,
    { certificate_ids: [certificateId], action: 'certificate.revoked' },
    { limit: 10, cursor: undefined },
  );
  return entries.items;
}

test('one request revokes in every company, each with its own audit entry and one reference', async () => {
  const email = 'everywhere@example.com';
  const a = await makeCertificate(ctx, first, { email });
  const b = await makeCertificate(ctx, second, { email });
  const other = await makeCertificate(ctx, first, { email: 'other@example.com' });
  const page = await find(' Everywhere@Example.com ');
  expect(page).toMatchObject({ status: 200, heading: 'We found 2 consents' });
  expect(page.html).not.toContain('Corp');
  expect(page.html).not.toContain(email);
  expect((await optOutOf(first, a.id)).revoke).toBe(false);

  const done = await submit(service, '/opt-out/confirm', { token: page.token });
  expect(done).toMatchObject({ status: 200, heading: 'Your consent has been revoked' });
  const reference = /RSC(-[0-9A-Z]{4}){3}/.exec(done.html)![0];
  for (const [company, id] of [
    [first, a.id],
    [second, b.id],
  ] as const) {
    expect(await optOutOf(company, id)).toMatchObject({ revoke: true, method: 'consumer_portal' });
    expect(await auditOf(company, id)).toMatchObject([
      {
        method: 'consumer_portal',
        actor: { type: 'consumer' },
        reason: `Consumer portal, reference ${reference}`,
        certificates: [id],
      },
    ]);
  }
  expect((await optOutOf(first, other.id)).revoke).toBe(false);
  for (const [company, id] of [
    [first, a.id],
    [second, b.id],
  ] as const) {
    const check = { ...company.ids, certificate_id: id, consent: CONSENT };
    const { status, body } = await service.post('/verify/match', check);
    expect([status, body.error]).toEqual([403, 'This session has opted out']);
  }
  const { requested_at } = (await ctx.store.portal.findRequest(reference))!;
  expect(done.html).toContain(`datetime="${requested_at.toISOString()}"`);
  expect(await ctx.store.portal.findRequest(reference)).toMatchObject({
    identifier: 'email',
    company_ids: expect.arrayContaining([first.id, second.id]),
  });

  const again = await submit(service, '/opt-out/confirm', { token: page.token });
  expect(again.html).toContain(reference);
  expect(await auditOf(first, a.id)).toHaveLength(1);
  const already = await find(email);
  expect(already.heading).toBe('Already revoked');
  expect(already.html).toContain('Since then we have answered “no” to every company');
});

test('the last page can be loaded again, saved, and names nobody', async () => {
  const email = 'kept@example.com';
  const { id } = await makeCertificate(ctx, first, { email });
  const { token } = await find(email);
  const sent = await fetch(`${service.url}/opt-out/confirm`, {
    method: 'POST',
    headers: { origin: service.url },
    body: new URLSearchParams({ token }),
    redirect: 'manual',
  });
  expect(sent.status).toBe(303);
  const location = sent.headers.get('location')!;
  expect(location).toMatch(/^\/opt-out\/done\/[\w-]+$/);
  const { revoked_at } = await optOutOf(first, id);
  for (let i = 0; i < 2; i++) {
    const page = await shown(await fetch(service.url + location));
    expect(page).toMatchObject({ status: 200, heading: 'Your consent has been revoked' });
    expect(page.html).not.toContain(email);
    expect(page.html).toContain(`href="${location}?lang=es" lang="es"`);
  }
  expect((await optOutOf(first, id)).revoked_at).toEqual(revoked_at);
  const file = await fetch(`${service.url}${location}/file`);
  expect(file.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(file.headers.get('content-disposition')).toMatch(/^attachment; filename="consent-/);
  const text = await file.text();
  expect(text).toMatch(/Reference number: RSC(-[0-9A-Z]{4}){3}\r\nTime: .* UTC\r\n/);
  expect(text).not.toContain(email);
});

test('a confirmation that is not ours, or too old, leads on and reassures', async () => {
  for (const token of ['x', 'A'.repeat(120)]) {
    const page = await shown(await fetch(`${service.url}/opt-out/done/${token}`));
    expect(page).toMatchObject({
      status: 404,
      heading: 'This confirmation can no longer be shown',
    });
    expect(page.html).toContain('What you revoked stays revoked.');
    expect(page.html).toContain('action="/opt-out/find"');
    const file = await fetch(`${service.url}/opt-out/done/${token}/file`, { redirect: 'manual' });
    expect([file.status, file.headers.get('location')]).toEqual([303, '/opt-out']);
  }
});

test('months are those in which consent was given, not registered', async () => {
  const email = 'given@example.com';
  const given = (given_at: string) => [
    { type: 'tcpa', text: CONSENT, given_at: new Date(given_at) },
  ];
  await makeCertificate(ctx, first, { email, consents: given('2024-02-29T12:00:00Z') });
  await makeCertificate(ctx, second, { email, consents: given('2025-07-01T00:00:00Z') });
  const { html } = await find(email);
  expect(html).toContain('One consent, given in February 2024');
  expect(html).toContain('One consent, given in July 2025');
});

test('an id is found in upper and lower case', async () => {
  const { id } = await makeCertificate(ctx, first, { email: 'case@example.com' });
  for (const typed of [id.toUpperCase(), id.toLowerCase(), ` ${id.toLowerCase()} `]) {
    expect(await find(typed)).toMatchObject({ heading: 'We found one consent' });
  }
  const { token } = await find(id.toUpperCase());
  await submit(service, '/opt-out/confirm', { token });
  expect((await optOutOf(first, id)).revoke).toBe(true);
});

test('the confirmation names the company that a link named, and how many consents', async () => {
  const email = 'named@example.com';
  await makeCertificate(ctx, first, { email });
  await makeCertificate(ctx, second, { email });
  const opened = await shown(await fetch(`${service.url}/opt-out?company_id=${second.id}`));
  expect(opened.html).toContain(`name="company" value="${second.id}"`);
  const { token } = await find(email, { company: second.id });
  const done = await submit(service, '/opt-out/confirm', { token, scope: 'company' });
  expect(done.html).toContain('<dd>Second Corp</dd>');
  const path = /href="(\/opt-out\/done\/[^"]+\/file)"/.exec(done.html)![1]!;
  const text = await (await fetch(service.url + path)).text();
  expect(text).toContain(
    'One consent was revoked.\r\n\r\nCompany: Second Corp\r\nReference number',
  );
  const all = await submit(service, '/opt-out/confirm', { token, scope: 'all' });
  expect(all.html).not.toContain('Corp');
});

test('an email that looks cut off is looked up, and said to look so', async () => {
  const hint = 'looks cut off';
  expect(await find('consumer0010@example')).toMatchObject({
    heading: 'We found no consent',
    html: expect.stringContaining(hint),
  });
  expect((await find('consumer0010@sub.example')).html).not.toContain(hint);
});
