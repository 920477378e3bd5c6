import type { Context } from '../../../src/context';
import { registerConsent } from '../../../src/core/consents/register-consent';
import { finishRevocation } from '../../../src/core/revocations/finish-revocation';
import { proveAudit } from '../../../src/core/revocations/prove-audit';
import { revokeByIdentifiers } from '../../../src/core/revocations/revoke-by-identifiers';
import { DAY_MS, MINUTE_MS } from '../../../src/lib/durations';
import { IdentifierHasher } from '../../../src/lib/identifier-hasher';
import { collections } from '../../helpers/collections';
import {
  CALLER,
  CONSENT,
  makeCertificate,
  makeCompany,
  type TestCompany,
} from '../../helpers/company';
import { openTwoContexts } from '../../helpers/context';
import { crashAt } from '../revocations/crash-at';

let ctx: Context;
let close: () => Promise<void>;
/** Another process with the same database. */
let beside: { ctx: Context };
let company: TestCompany;

beforeAll(async () => {
  ({ ctx, beside, close } = await openTwoContexts());
});
beforeEach(async () => {
  company = await makeCompany(ctx);
});
afterAll(() => close());

const EMAIL = 'jo@example.com';
const yesterday = () => new Date(ctx.now().getTime() - DAY_MS);

function optOut(more: Partial<Parameters<typeof revokeByIdentifiers>[0]> = {}) {
  return revokeByIdentifiers({
    ctx,
    companyId: company.id,
    identifiers: { email: EMAIL },
    method: 'api',
    caller: CALLER,
    ...more,
  });
}

function certificate(givenAt: Date | undefined, { email = EMAIL, of = ctx, ...more } = {}) {
  const consents = [{ type: 'tcpa', text: CONSENT, given_at: givenAt }];
  return makeCertificate(of, company, { email, consents, ...more });
}

const stored = (id: string) => ctx.store.certificates.find(company.id, id);
const isRevoked = async ({ id }: { id: string }) => (await stored(id))?.opt_out.revoke;
const remembered = () => collections(ctx).suppressions.find({ company_id: company.id }).toArray();

test('older consent that arrives after the opt-out of a stranger is revoked from birth', async () => {
  expect((await optOut()).revoked).toBe(0);
  const [suppression] = await remembered();
  expect(suppression).toMatchObject({ company_id: company.id, method: 'api' });
  expect(Object.keys(suppression!.channels).sort()).toEqual(['call', 'email', 'text']);
  expect(JSON.stringify(suppression)).not.toContain('jo@');

  const { id } = await certificate(yesterday());
  const born = await stored(id);
  expect(born?.opt_out).toMatchObject({ revoke: true, method: 'standing' });
  const revocation = await ctx.store.revocations.find(born!.opt_out.revocation_id!);
  expect(revocation).toMatchObject({ state: 'completed', certificate_ids: [id] });
  const { items } = await ctx.store.audit.list(company.id, {}, { limit: 100 });
  const actions = items.map(({ action }) => action);
  expect(actions.slice(0, 2).sort()).toEqual(['certificate.created', 'certificate.revoked']);
  expect(actions).toContain('opt_out.remembered');
  const later = new Date(ctx.now().getTime() + 2 * MINUTE_MS);
  const { signal } = new AbortController();
  expect(await proveAudit({ ctx, signal, now: later })).toBe('done');
});

test('newer consent is live, and so is that of other people and at other companies', async () => {
  await optOut();
  const newer = await certificate(undefined);
  const ann = await certificate(yesterday(), { email: 'ann@example.com' });
  expect([await isRevoked(newer), await isRevoked(ann)]).toEqual([false, false]);
  const other = await makeCompany(ctx);
  const consents = [{ type: 'tcpa', text: CONSENT, given_at: yesterday() }];
  const elsewhere = await makeCertificate(ctx, other, { email: EMAIL, consents });
  const found = await ctx.store.certificates.find(other.id, elsewhere.id);
  expect(found?.opt_out.revoke).toBe(false);
});

test('the oldest consent counts, and an opt-out at the same instant is not older', async () => {
  await optOut();
  const [{ at } = { at: new Date() }] = await remembered();
  expect(await isRevoked(await certificate(at))).toBe(true);
  expect(await isRevoked(await certificate(new Date(at.getTime() + 1)))).toBe(false);
  const text = CONSENT;
  const consents = [
    { type: 'a', text },
    { type: 'b', text, given_at: yesterday() },
  ];
  const { id } = await makeCertificate(ctx, company, { email: EMAIL, consents });
  expect(await isRevoked({ id })).toBe(true);
});

test('an opt-out by email and mobile covers each of them', async () => {
  await optOut({ identifiers: { email: EMAIL, mobile: '+14155550100' } });
  const text = CONSENT;
  const consents = [{ type: 'a', text, given_at: yesterday() }];
  const { id } = await makeCertificate(ctx, company, { mobile: '(415) 555-0100', consents });
  expect(await isRevoked({ id })).toBe(true);
  expect(await isRevoked(await certificate(yesterday(), { email: 'JO@example.com ' }))).toBe(true);
});

test('a time of consent that lies ahead is refused, naming it', async () => {
  const ahead = new Date(ctx.now().getTime() + 6 * MINUTE_MS);
  await expect(certificate(ahead)).rejects.toMatchObject({
    code: 'invalid_request',
    extra: { details: [{ path: 'consents.0.given_at' }] },
  });
  const near = await certificate(new Date(ctx.now().getTime() + 4 * MINUTE_MS));
  const { created_at, consented_at } = (await stored(near.id))!;
  expect(consented_at).toEqual(created_at);
});

test('repeating an opt-out only makes it newer', async () => {
  await optOut();
  const [first] = await remembered();
  await optOut();
  const [second, ...more] = await remembered();
  expect(more).toEqual([]);
  expect(second!.at.getTime()).toBeGreaterThan(first!.at.getTime());
  expect(second!.channels.call).toEqual(second!.at);
});

test('under one operation it is remembered once, and a retry changes nothing', async () => {
  const first = await optOut({ operationId: 'op-1' });
  const [before] = await remembered();
  expect(await optOut({ operationId: 'op-1' })).toEqual({ ...first, timestamp: expect.any(Date) });
  expect(await remembered()).toEqual([before]);
});

test('an Attestr consent that is older is revoked from birth, a newer one is not', async () => {
  await optOut();
  const subject = { email: EMAIL, mobile: null, ref: null };
  const terms = { subject, purposes: ['calls'], text: CONSENT, retention_policy: null };
  const request = { ctx, region: 'default', companyId: company.id, caller: CALLER, terms } as const;
  const older = await registerConsent({ ...request, givenAt: yesterday(), operationId: 'c-1' });
  expect(older).toMatchObject({ status: 'revoked', version: 1 });
  // A retry finds what holds.
  const again = await registerConsent({ ...request, givenAt: yesterday(), operationId: 'c-1' });
  expect(again).toMatchObject({ _id: older._id, status: 'revoked' });
  const revocation = await ctx.store.consentRevocations.find(older.revocation_id!);
  expect(revocation).toMatchObject({ method: 'standing', state: 'completed' });
  expect((await registerConsent(request)).status).toBe('granted');
  const ahead = new Date(ctx.now().getTime() + 6 * MINUTE_MS);
  await expect(registerConsent({ ...request, givenAt: ahead })).rejects.toMatchObject({
    extra: { details: [{ path: 'given_at' }] },
  });
});

test('an opt-out and older consent at the same instant, in two processes: revoked', async () => {
  const rounds = Array.from({ length: 40 }, async (_, i) => {
    const email = `race-${String(i)}@example.com`;
    const processes = i % 2 === 0 ? [ctx, beside.ctx] : [beside.ctx, ctx];
    const [made] = await Promise.all([
      certificate(yesterday(), { email, of: processes[0]! }),
      optOut({ ctx: processes[1]!, identifiers: { email } }),
    ]);
    return isRevoked(made);
  });
  expect(new Set(await Promise.all(rounds))).toEqual(new Set([true]));
});

test('an opt-out that is recorded while a registration is under way finds it, or is seen', async () => {
  // Between what was looked up and what is inserted: the widest gap there is.
  let optedOut: Promise<unknown> | undefined;
  const reach = async (step: string) => {
    if (step !== 'certificate.heeding') return;
    // The first has no end before the registration does.
    optedOut ??= optOut({ ctx: beside.ctx });
    await new Promise((resolve) => setImmediate(resolve));
  };
  const made = await certificate(yesterday(), { of: { ...ctx, reach } });
  await optedOut;
  expect(await isRevoked(made)).toBe(true);
});

test('fifty opt-outs and registrations of one person at once leave nothing live', async () => {
  const work = Array.from({ length: 50 }, (_, i) =>
    i % 2 === 0 ? optOut({ ctx: i % 4 === 0 ? ctx : beside.ctx }) : certificate(yesterday()),
  );
  await Promise.all(work);
  const live = await collections(ctx).certificates.countDocuments({
    company_id: company.id,
    'opt_out.revoke': false,
  });
  expect(live).toBe(0);
  expect(await remembered()).toHaveLength(1);
});

describe('a crash', () => {
  test('before the request is recorded leaves nothing remembered', async () => {
    const crashing = crashAt(ctx, 'revocation.recording');
    await expect(optOut({ ctx: crashing })).rejects.toThrow('crash');
    expect(await remembered()).toEqual([]);
    expect(await isRevoked(await certificate(yesterday()))).toBe(false);
  });

  test('after it leaves the opt-out remembered, and the request to be finished', async () => {
    const early = await certificate(yesterday());
    const crashing = crashAt(ctx, 'revocation.recorded');
    await expect(optOut({ ctx: crashing })).rejects.toThrow('crash');
    expect(await isRevoked(await certificate(yesterday()))).toBe(true);
    const request = await collections(ctx).revocations.findOne({ state: 'recorded' });
    await finishRevocation({ ctx, revocationId: request!._id });
    expect(await isRevoked(early)).toBe(true);
  });

  test('in a registration leaves neither certificate nor guard', async () => {
    await expect(
      certificate(yesterday(), { of: crashAt(ctx, 'certificate.heeding') }),
    ).rejects.toThrow('crash');
    expect(await remembered()).toEqual([]);
    expect(await collections(ctx).certificates.countDocuments({ company_id: company.id })).toBe(0);
  });
});

test('what was remembered under an earlier key holds', async () => {
  await optOut();
  const keys = ['a-newer-identifier-key-0123456789ab', ...ctx.config.identifierKeys] as const;
  const rotated = { ...ctx, identifiers: new IdentifierHasher([...keys]) };
  expect(await isRevoked(await certificate(yesterday(), { of: rotated }))).toBe(true);
});
