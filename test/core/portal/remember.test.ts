import type { Context } from '../../../src/context';
import { type PortalScope, revokeConsents } from '../../../src/core/portal/revoke-consents';
import { DAY_MS } from '../../../src/lib/durations';
import { collections } from '../../helpers/collections';
import { CONSENT, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { openTwoContexts } from '../../helpers/context';
import { makeConsent } from '../consents/scene';
import { crashAt } from '../revocations/crash-at';

let ctx: Context;
let close: () => Promise<void>;
/** Another process with the same database. */
let beside: { ctx: Context };
let company: TestCompany;
let other: TestCompany;

beforeAll(async () => {
  ({ ctx, beside, close } = await openTwoContexts());
  company = await makeCompany(ctx);
  other = await makeCompany(ctx);
});
afterAll(() => close());

let requests = 0;
function ask(email: string, scope: PortalScope, more: { of?: Context; requestId?: string } = {}) {
  return revokeConsents({
    ctx: more.of ?? ctx,
    identifier: { kind: 'email', value: email },
    scope,
    requestId: more.requestId ?? `request-${String(requests++)}`,
    via: 'portal',
    ip: '192.0.2.1',
    gpc: false,
  });
}

const EVERYWHERE = { kind: 'all', everywhere: true } as const;
/** What was written down by the request with a reference, each with whose it is. */
const remembered = async ({ reference }: { reference: string }) => {
  const found = await collections(ctx).suppressions.find().toArray();
  const request = await ctx.store.portal.findRequest(reference);
  const ours = found.filter(({ at }) => at.getTime() >= request!.requested_at.getTime());
  return ours.map(({ company_id }) => company_id).sort();
};

async function older(email: string, { at = company, of = ctx } = {}) {
  const given_at = new Date(ctx.now().getTime() - DAY_MS);
  const consents = [{ type: 'tcpa', text: CONSENT, given_at }];
  const { id } = await makeCertificate(of, at, { email, consents });
  return (await ctx.store.certificates.find(at.id, id))!.opt_out.revoke;
}

test('for the whole service it holds at every company, and the companies where something was', async () => {
  const email = 'everywhere@example.com';
  await makeCertificate(ctx, company, { email });
  const done = await ask(email, EVERYWHERE);
  expect(done.revoked).toBe(1);
  expect(await remembered(done)).toEqual([company.id, null].sort());
  const [suppression] = await collections(ctx)
    .suppressions.find({ company_id: null, revocation_id: done.reference })
    .toArray();
  expect(suppression).toMatchObject({ method: 'consumer_portal', at: done.requestedAt });
  expect(await ctx.store.portal.findRequest(done.reference)).toMatchObject({
    everywhere: true,
    company_ids: [company.id],
  });
  expect([await older(email), await older(email, { at: other })]).toEqual([true, true]);
  const newer = await makeCertificate(ctx, other, { email });
  expect((await ctx.store.certificates.find(other.id, newer.id))?.opt_out.revoke).toBe(false);
  // In no company's audit: it is recorded under its reference number.
  const entries = await collections(ctx).audit.find({ action: 'opt_out.remembered' }).toArray();
  expect(entries).toEqual([]);
});

test('all companies are those where something is', async () => {
  const email = 'found@example.com';
  await makeCertificate(ctx, company, { email });
  expect(await remembered(await ask(email, { kind: 'all' }))).toEqual([company.id]);
  expect(await older(email, { at: other })).toBe(false);
});

test('a repeat remembers nothing newer', async () => {
  const email = 'twice@example.com';
  const all = () => collections(ctx).suppressions.find().toArray();
  for (const scope of [EVERYWHERE, { kind: 'company', companyId: company.id } as const]) {
    const first = await ask(email, scope, { requestId: 'twice' });
    const before = await all();
    const again = [1, 2, 3].map(() => ask(email, scope, { requestId: 'twice' }));
    expect(await Promise.all(again)).toEqual([first, first, first]);
    expect(await all()).toEqual(before);
  }
});

test('the same request many times at once is one request', async () => {
  const email = 'at-once@example.com';
  const asked = Array.from({ length: 8 }, (_, i) => {
    const of = i % 2 === 0 ? ctx : beside.ctx;
    return ask(email, EVERYWHERE, { of, requestId: 'at-once' });
  });
  const done = await Promise.all(asked);
  expect(new Set(done.map(({ reference }) => reference)).size).toBe(1);
  expect(new Set(done.map(({ requestedAt }) => requestedAt.getTime())).size).toBe(1);
  expect(await remembered(done[0]!)).toEqual([null]);
});

test('an id remembers nothing', async () => {
  const { id } = await makeCertificate(ctx, company, { email: 'by-id@example.com' });
  const done = await revokeConsents({
    ctx,
    identifier: { kind: 'certificate_id', value: id },
    scope: EVERYWHERE,
    requestId: 'by-id',
    via: 'portal',
    ip: '192.0.2.1',
    gpc: false,
  });
  expect(done.revoked).toBe(1);
  expect(await remembered(done)).toEqual([]);
  expect((await ctx.store.portal.findRequest(done.reference))?.everywhere).toBeUndefined();
});

test('a crash before it is recorded leaves neither request nor memory; trying again does it', async () => {
  const email = 'crash@example.com';
  const of = crashAt(ctx, 'portal.recording');
  await expect(ask(email, EVERYWHERE, { of, requestId: 'crash' })).rejects.toThrow('crash');
  expect(await older(email)).toBe(false);
  const done = await ask(email, EVERYWHERE, { requestId: 'crash' });
  expect(done.revoked).toBe(1);
  expect(await remembered(done)).toEqual([company.id, null].sort());
});

test('at the same instant as older consent, in two processes: revoked', async () => {
  const rounds = Array.from({ length: 6 }, async (_, i) => {
    const email = `race-${String(i)}@example.com`;
    const [one, two] = i % 2 === 0 ? [ctx, beside.ctx] : [beside.ctx, ctx];
    const given_at = new Date(ctx.now().getTime() - DAY_MS);
    const consents = [{ type: 'tcpa', text: CONSENT, given_at }];
    const [{ id }] = await Promise.all([
      makeCertificate(one, company, { email, consents }),
      ask(email, EVERYWHERE, { of: two }),
    ]);
    return (await ctx.store.certificates.find(company.id, id))?.opt_out.revoke;
  });
  expect(new Set(await Promise.all(rounds))).toEqual(new Set([true]));
});

describe('who chooses consents', () => {
  const choose = (email: string, ...consentIds: string[]) =>
    ask(email, { kind: 'chosen', consentIds });

  test('is remembered where nothing is left, and not where something is', async () => {
    const email = 'chooses@example.com';
    const here = await makeCertificate(ctx, company, { email });
    const chosen = await makeCertificate(ctx, other, { email });
    await makeCertificate(ctx, other, { email });
    const done = await choose(email, here.id, chosen.id);
    expect(done.revoked).toBe(2);
    expect(await remembered(done)).toEqual([company.id]);
    expect([await older(email), await older(email, { at: other })]).toEqual([true, false]);
  });

  test('keeps all with a consent of the Attestr dialect that is not chosen', async () => {
    const email = 'attestr@example.com';
    const subject = { email, mobile: null, ref: null };
    const here = await makeCertificate(ctx, company, { email });
    const left = await makeConsent(ctx, company.id, { subject });
    expect(await remembered(await choose(email, here.id))).toEqual([]);
    const done = await choose(email, left);
    expect(done.revoked).toBe(1);
    expect(await remembered(done)).toEqual([company.id]);
    const { items } = await ctx.store.audit.list(
      company.id,
      { action: 'opt_out.remembered' },
      { limit: 1 },
    );
    expect(items[0]?.reason).toContain(done.reference);
  });
});
