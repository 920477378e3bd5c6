import type { Context } from '../../../src/context';
import { finishRevocation } from '../../../src/core/revocations/finish-revocation';
import { CONSENT, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';
import { submit } from './forms';

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
  expect(done.html).toContain(`<time datetime="${requested_at.toISOString()}">`);
  expect(await ctx.store.portal.findRequest(reference)).toMatchObject({
    identifier: 'email',
    company_ids: expect.arrayContaining([first.id, second.id]),
  });

  const again = await submit(service, '/opt-out/confirm', { token: page.token });
  expect(again.html).toContain(reference);
  expect(await auditOf(first, a.id)).toHaveLength(1);
  expect((await find(email)).heading).toBe('Already revoked');
});
