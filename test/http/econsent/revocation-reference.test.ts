import { createToken } from '../../../src/core/credentials/create-token';
import { revokeConsents } from '../../../src/core/portal/revoke-consents';
import { finishRevocation } from '../../../src/core/revocations/finish-revocation';
import { database } from '../../helpers/collections';
import { CALLER, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { makeConsent } from '../../core/consents/scene';
import { crashAt } from '../../core/revocations/crash-at';
import { type Service, startService } from '../../helpers/service';

let service: Service;
let company: TestCompany;
let other: TestCompany;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  company = await makeCompany(service.ctx);
  other = await makeCompany(service.ctx);
});

const read = (reference: string, of = company) =>
  service.get(`/revocations/${encodeURIComponent(reference)}`, { token: of.token });
let requests = 0;
const ask = (email: string, more: Partial<Parameters<typeof revokeConsents>[0]> = {}) =>
  revokeConsents({
    ctx: service.ctx,
    identifier: { kind: 'email', value: email },
    scope: { kind: 'all' },
    requestId: `request-${String(requests++)}`,
    via: 'the portal',
    ip: '192.0.2.1',
    gpc: false,
    ...more,
  });

test('a reference number shows each company its own part, and no other anything', async () => {
  const email = 'jo@example.com';
  const { id } = await makeCertificate(service.ctx, company, { email });
  const { id: theirs } = await makeCertificate(service.ctx, other, { email });
  const subject = { email, mobile: null, ref: null };
  const consent = await makeConsent(service.ctx, company.id, { subject });
  const { reference, requestedAt } = await ask(email);
  const mine = await read(reference);
  expect(mine.status).toBe(200);
  expect(mine.body).toMatchObject({
    reference,
    revocation_id: expect.stringMatching(/^rev_/),
    batch_id: null,
    method: 'consumer_portal',
    state: 'recording',
    requested_at: requestedAt.toISOString(),
    actor: 'consumer',
    ip: '192.0.2.1',
    reason: `the portal, reference ${reference}`,
    certificates_count: 1,
    certificates: [id],
    consents_count: 1,
    consents: [consent],
  });
  expect((await read(reference, other)).body).toMatchObject({
    certificates: [theirs],
    consents: [],
  });
  const none = await read(reference, await makeCompany(service.ctx));
  expect([none.status, none.body.error]).toEqual([404, 'Revocation not found']);
  const written = reference.toLowerCase().replaceAll('-', ' ');
  expect((await read(written)).body).toEqual(mine.body);
});

test('a revocation is found by its id, and only by its own company', async () => {
  const { id } = await makeCertificate(service.ctx, company);
  const { token } = company;
  const revoked = await service.post(
    `/certificates/${id}/revoke`,
    { reason: 'By phone' },
    { token },
  );
  const revocationId = String(revoked.body.revocation_id);
  await finishRevocation({ ctx: service.ctx, revocationId });
  expect((await read(revocationId)).body).toMatchObject({
    reference: revocationId,
    revocation_id: revocationId,
    method: 'api',
    state: 'completed',
    reason: 'By phone',
    certificates_count: 1,
    certificates: [id],
  });
  expect((await read(revocationId, other)).status).toBe(404);
  for (const unknown of ['RSC-0000-0000-0000', 'rev_none', 'RSC-']) {
    expect((await read(unknown)).status).toBe(404);
  }
});

test('says how far it is: flags not all set, nothing left to revoke', async () => {
  const email = 'ann@example.com';
  await makeCertificate(service.ctx, company, { email });
  const crashing = crashAt(service.ctx, 'revocation.recorded');
  const requestId = 'dying';
  await expect(ask(email, { ctx: crashing, requestId })).rejects.toThrow('crash');
  const requests = database(service.ctx).collection<{ _id: string }>('portal_requests');
  const asked = await requests.findOne({ company_ids: company.id });
  const reference = asked?._id ?? '';
  expect((await read(reference)).body).toMatchObject({
    state: 'revoking',
    flags_committed_at: null,
    certificates_count: 0,
  });
  await ask(email, { requestId });
  const scope = { kind: 'company', companyId: company.id } as const;
  const late = await ask(email, { scope });
  expect((await read(late.reference)).body).toMatchObject({
    state: 'nothing_revoked',
    revocation_id: null,
    method: 'consumer_portal',
    actor: 'consumer',
    certificates_count: 0,
  });
  expect((await read(reference)).body.certificates_count).toBe(1);
});

test('takes the scope audit, and so does the filter of the audit log', async () => {
  const { id } = await makeCertificate(service.ctx, company);
  const by = { ctx: service.ctx, companyId: company.id, caller: CALLER };
  const { token } = await createToken({ ...by, input: { label: 'x', scopes: ['revoke'] } });
  const { body } = await service.post(`/certificates/${id}/revoke`, {}, { token });
  const revocationId = String(body.revocation_id);
  expect((await service.get(`/revocations/${revocationId}`, { token })).status).toBe(403);
  const { body: found } = await service.get(`/audit?reference=${revocationId}`, company);
  expect(found.entries).toMatchObject([{ action: 'certificate.revoked', certificates: [id] }]);
  expect((await service.get('/audit?reference=rev_none', company)).body.entries).toEqual([]);
  // Nothing in a company's log can have such a one: an empty list would look like an answer.
  for (const action of ['certificate.revokd', 'queue.paused', '']) {
    const refused = await service.get(`/audit?action=${action}`, company);
    expect([action, refused.status, refused.body.details]).toEqual([
      action,
      400,
      [{ path: 'action', message: expect.stringContaining('one of the actions') }],
    ]);
  }
});
