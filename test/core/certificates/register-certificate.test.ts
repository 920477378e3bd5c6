import { getCertificate } from '../../../src/core/certificates/get-certificate';
import {
  type CaptureInput,
  registerCertificate,
} from '../../../src/core/certificates/register-certificate';
import type { Context } from '../../../src/context';
import { openContext } from '../../helpers/context';
import { IdentifierHasher } from '../../../src/lib/identifier-hasher';
import { revokeCertificate } from '../../../src/core/revocations/revoke-certificate';
import { CALLER, makeCompany, type TestCompany } from '../../helpers/company';
import { testConfig } from '../../helpers/settings';
import { ensureIndexes } from '../../helpers/indexes';

let ctx: Context;
let close: () => Promise<void>;
let company: TestCompany;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'web'));
  await ensureIndexes(ctx);
  company = await makeCompany(ctx);
});

afterAll(() => close());

function capture(session_id: string, more: Partial<CaptureInput> = {}): CaptureInput {
  return {
    session_id,
    email: ' Jo@Example.com ',
    mobile: '(415) 555-0100',
    origin: 'https://example.com/signup',
    consents: [{ type: 'tcpa', text: 'I agree' }],
    events: { first: 1, second: [{ b: 1, a: 2 }] },
    ...more,
  };
}

function register(input: CaptureInput, context = ctx) {
  return registerCertificate({
    ctx: context,
    companyId: company.id,
    propertyId: company.propertyId,
    caller: CALLER,
    input,
  });
}

test('stores the certificate, its recording and one audit entry', async () => {
  const { certificate, created } = await register(capture('plain'));
  expect(created).toBe(true);
  expect(certificate._id).toMatch(/^EC-plain-[A-Za-z0-9_-]{22}$/);
  const view = await getCertificate({ ctx, companyId: company.id, certificateId: certificate._id });
  expect(view).toMatchObject({
    email: 'Jo@Example.com',
    mobile: '+14155550100',
    property_ref: expect.stringMatching(/^ppt_/) as string,
    consents: [{ type: 'tcpa', text: 'I agree', given_at: view.created_timestamp }],
    events: { first: 1, second: [{ b: 1, a: 2 }] },
    opt_out: { revoke: false, revoked_at: null, revocation_id: null },
  });
  expect(JSON.stringify(view)).not.toContain(company.propertyId);
  const audit = await ctx.store.audit.list(
    company.id,
    { certificate_ids: [certificate._id] },
    { limit: 10 },
  );
  expect(audit.items.map((entry) => entry.action)).toEqual(['certificate.created']);
});

test('the same content again gives the same certificate, whatever the order of its keys', async () => {
  const first = await register(capture('twice'));
  const again = await register(
    capture('twice', { email: 'jo@example.com', events: { second: [{ a: 2, b: 1 }], first: 1 } }),
  );
  expect(again.created).toBe(false);
  expect(again.certificate._id).toBe(first.certificate._id);
});

test.each<Partial<CaptureInput>>([
  { origin: 'https://example.com/other' },
  { email: 'other@example.com' },
  { mobile: null },
  { consents: [{ type: 'tcpa', text: 'I agree', given_at: new Date(0) }] },
  { events: { first: 1, second: [{ b: 1, a: 3 }] } },
])('different content for the session is refused: %j', async (other) => {
  await register(capture('conflict'));
  await expect(register(capture('conflict', other))).rejects.toMatchObject({
    code: 'certificate_conflict',
  });
});

test('many at once with the same content create one certificate, which all of them get', async () => {
  const all = await Promise.all(Array.from({ length: 10 }, () => register(capture('race'))));
  expect(all.filter(({ created }) => created)).toHaveLength(1);
  expect(new Set(all.map(({ certificate }) => certificate._id)).size).toBe(1);
});

test('of two at once with different content one is refused', async () => {
  const outcomes = await Promise.allSettled(
    ['a', 'b'].map((origin) => register(capture('race-conflict', { origin }))),
  );
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
});

test('an id holds only safe characters, at most 200 of them, and differs between companies', async () => {
  const session = 'ü/ 1'.repeat(50);
  const { certificate } = await register(capture(session));
  expect(certificate._id).toMatch(/^EC-[A-Za-z0-9._~-]{196,}$/);
  expect(certificate._id).toHaveLength(200);
  const other = await makeCompany(ctx);
  const { certificate: same } = await registerCertificate({
    ctx,
    companyId: other.id,
    propertyId: other.propertyId,
    caller: CALLER,
    input: capture(session),
  });
  expect(same._id).not.toBe(certificate._id);
});

test('refuses malformed identifiers, bottomless events and another company’s property', async () => {
  const wrong = (path: string) => ({ code: 'invalid_request', extra: { details: [{ path }] } });
  await expect(register(capture('bad', { email: 'nobody' }))).rejects.toMatchObject(wrong('email'));
  await expect(register(capture('bad', { mobile: '12' }))).rejects.toMatchObject(wrong('mobile'));
  let events: unknown = null;
  for (let depth = 0; depth < 100_000; depth++) events = [events];
  await expect(register(capture('bad', { events }))).rejects.toMatchObject(wrong('events'));
  const { propertyId } = await makeCompany(ctx);
  await expect(
    registerCertificate({
      ctx,
      companyId: company.id,
      propertyId,
      caller: CALLER,
      input: capture('bad'),
    }),
  ).rejects.toMatchObject({ code: 'property_not_found' });
});

test('registering again never clears an opt-out', async () => {
  const { certificate } = await register(capture('revoked'));
  await revokeCertificate({
    ctx,
    companyId: company.id,
    certificateId: certificate._id,
    method: 'api',
    caller: CALLER,
  });
  const again = await register(capture('revoked'));
  expect(again).toMatchObject({ created: false, certificate: { opt_out: { revoke: true } } });
});

test('content captured under an old key is recognised after a new key was added', async () => {
  const first = await register(capture('rotated'));
  const identifiers = new IdentifierHasher([
    'a-newer-identifier-key',
    ...ctx.config.identifierKeys,
  ]);
  const again = await register(capture('rotated'), { ...ctx, identifiers });
  expect(again).toMatchObject({ created: false, certificate: { _id: first.certificate._id } });
});
