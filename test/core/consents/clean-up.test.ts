import { runCleanup } from '../../../src/core/cleanup/run-cleanup';
import { readArchive } from '../../../src/core/cleanup/read-archive';
import { sweepDue } from '../../../src/core/cleanup/sweep-due';
import { placeLegalHold } from '../../../src/core/legal-holds/place-legal-hold';
import { liftLegalHold } from '../../../src/core/legal-holds/lift-legal-hold';
import { updateCompany } from '../../../src/core/companies/update-company';
import { finishConsentRevocations } from '../../../src/core/consents/finish-consent-revocations';
import { getConsent } from '../../../src/core/consents/get-consent';
import { listConsentEvents } from '../../../src/core/consents/list-consent-events';
import { modifyConsent } from '../../../src/core/consents/modify-consent';
import { revokePersonConsents } from '../../../src/core/consents/revoke-person-consents';
import { revokeConsent } from '../../../src/core/consents/revoke-consent';
import type { Context } from '../../../src/context';
import { openContext } from '../../helpers/context';
import { DAY_MS } from '../../../src/lib/durations';
import type { ConsentTerms } from '../../../src/store/consents';
import { collections } from '../../helpers/collections';
import { CALLER, makeCompany, type TestCompany } from '../../helpers/company';
import { testConfig } from '../../helpers/settings';
import { ensureIndexes } from '../../helpers/indexes';
import { crashAt } from '../revocations/crash-at';
import { makeConsent } from './scene';

const { signal } = new AbortController();

let ctx: Context;
let close: () => Promise<void>;
let company: TestCompany;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'worker'));
  await ensureIndexes(ctx);
});
beforeEach(async () => {
  company = await makeCompany(ctx);
});
afterAll(() => close());

const by = () => ({ ctx, region: 'default', companyId: company.id, caller: CALLER }) as const;
const setPolicy = (action: 'keep' | 'delete' | 'anonymise' | 'archive', after_days: number) =>
  updateCompany({ ...by(), input: { retention: { action, after_days } } });
const daysFromNow = (days: number) => new Date(Date.now() + days * DAY_MS);

/** A consent that was registered, changed once and revoked, and whose follow-up is done. */
async function revoked(terms: Partial<ConsentTerms> = {}): Promise<string> {
  const consentId = await makeConsent(ctx, company.id, terms);
  await modifyConsent({ ...by(), consentId, change: { purposes: ['kyc', 'credit'] } });
  const { revocation_id } = await revokeConsent({ ...by(), consentId, reason: 'asked' });
  await finishConsentRevocations({ ctx, region: 'default', revocationIds: [revocation_id!] });
  return consentId;
}

/** Runs the clean-ups that are pending; returns how many there were. */
async function cleanUp(context = ctx): Promise<number> {
  const far = daysFromNow(1);
  const pending = await ctx.store.cleanups.findPending(far, far, 100);
  for (const cleanupId of pending) await runCleanup({ ctx: context, cleanupId, signal });
  return pending.length;
}

async function sweepAt(days: number): Promise<number> {
  await sweepDue({ ctx, signal, now: daysFromNow(days) });
  return cleanUp();
}

const versions = (consentId: string) => ctx.store.consents.findVersions(company.id, [consentId]);
const view = async (consentId: string) => {
  const { status, data, terms } = await getConsent({ ...by(), consentId });
  return { status, data, text: terms.text, email: terms.subject.email };
};
const FULL = {
  status: 'revoked',
  data: 'full',
  text: 'I agree that Example Corp checks my identity.',
  email: 'ann@example.com',
};
const REMOVED = { status: 'revoked', data: 'removed', text: '', email: null };

test('under a policy of keep nothing is ever cleaned', async () => {
  const consentId = await revoked();
  expect(await sweepAt(36_500)).toBe(0);
  expect(await view(consentId)).toEqual(FULL);
});

test('after 0 days the follow-up itself records the clean-up, and every version is cleaned', async () => {
  await setPolicy('delete', 0);
  const consentId = await revoked();
  const hash = (await versions(consentId))[0]?.email_hash;
  expect(await cleanUp()).toBe(1);
  expect(await view(consentId)).toEqual(REMOVED);
  const all = await versions(consentId);
  expect(all.map(({ status }) => status)).toEqual(['granted', 'granted', 'revoked']);
  expect(JSON.stringify(all)).not.toMatch(/ann@example|crm-17|identity|credit/);
  // What proves the revocation stays; from where and why it was asked for does not.
  expect(all[2]).toMatchObject({ revocation_id: expect.stringMatching(/^crv_/) as string });
  const { audit, consentRevocations } = collections(ctx);
  const request = await consentRevocations.findOne({ consent_ids: consentId });
  const entries = await audit.find({ consents: consentId }).toArray();
  expect(entries).toHaveLength(4);
  for (const one of [...all, ...entries, request]) expect(one).toMatchObject({ ip: null });
  expect(JSON.stringify([all, entries, request])).not.toContain('asked');
  expect(all.map(({ email_hash }) => email_hash)).toEqual([hash, hash, hash]);
  const { items } = await listConsentEvents({ ...by(), consentId, limit: 10 });
  expect(items.map(({ action }) => action)).toEqual([
    'consent.cleaned',
    'consent.revoked',
    'consent.modified',
    'consent.created',
  ]);
  expect(items[0]).toMatchObject({ actor: { type: 'system' }, consents: [consentId] });
  const change = { text: 'again' };
  await expect(modifyConsent({ ...by(), consentId, change })).rejects.toMatchObject({
    code: 'consent_revoked',
  });
  expect(await sweepAt(36_500)).toBe(0);
});

test('what names another consent beside a removed one keeps IP and reason', async () => {
  await setPolicy('delete', 10);
  const [gone, left] = [await makeConsent(ctx, company.id), await makeConsent(ctx, company.id)];
  await revokePersonConsents({
    ...by(),
    names: { certificate_ids: [gone, left] },
    ids: null,
    reason: 'asked',
    method: 'consumer_portal',
  });
  const due = { $set: { recorded_at: new Date(0) } };
  const { audit, consentRevocations, consents } = collections(ctx);
  await consents.updateOne({ consent_id: gone, status: 'revoked' }, due);
  await sweepAt(0);
  expect([(await view(gone)).data, (await view(left)).data]).toEqual(['removed', 'full']);
  const named = { consent_ids: gone };
  expect(await consentRevocations.findOne(named)).toMatchObject({ reason: 'asked' });
  const entry = { consents: gone, action: 'consent.revoked' as const };
  expect(await audit.findOne(entry)).toMatchObject({ reason: 'asked', ip: CALLER.ip });
  await consents.updateOne({ consent_id: left, status: 'revoked' }, due);
  await sweepAt(0);
  expect(await consentRevocations.findOne(named)).toMatchObject({ reason: null, ip: null });
  expect(await audit.findOne(entry)).toMatchObject({ reason: null, ip: null });
});

test('active consents and those of other companies stay', async () => {
  await setPolicy('delete', 0);
  const active = await makeConsent(ctx, company.id);
  const other = await makeCompany(ctx);
  const elsewhere = await makeConsent(ctx, other.id);
  await revokeConsent({ ...by(), companyId: other.id, consentId: elsewhere });
  expect(await sweepAt(100)).toBe(0);
  expect(await view(active)).toMatchObject({ status: 'granted', data: 'full' });
});

test('a consent waits for its day', async () => {
  await setPolicy('delete', 30);
  const consentId = await revoked();
  expect(await sweepAt(29.99)).toBe(0);
  // The clean-up decides again by its own clock, and drops what is not due.
  expect(await sweepAt(30.01)).toBe(1);
  expect(await view(consentId)).toEqual(FULL);
  const revokedAt = new Date(Date.now() - 30 * DAY_MS);
  const at = { $set: { recorded_at: revokedAt } };
  await collections(ctx).consents.updateOne({ consent_id: consentId, status: 'revoked' }, at);
  expect(await sweepAt(0)).toBe(1);
  expect(await view(consentId)).toEqual(REMOVED);
});

test('anonymise removes who consented, not to what', async () => {
  await setPolicy('anonymise', 0);
  const consentId = await revoked();
  await cleanUp();
  expect(await view(consentId)).toEqual({ ...FULL, data: 'anonymised', email: null });
  expect(JSON.stringify(await versions(consentId))).not.toMatch(/ann@example|crm-17/);
  expect(await sweepAt(100)).toBe(0);
  await setPolicy('delete', 0);
  expect(await sweepAt(0)).toBe(1);
  expect(await view(consentId)).toEqual(REMOVED);
});

test('archive keeps the consent where it can still be read', async () => {
  await setPolicy('archive', 0);
  const consentId = await revoked();
  const before = JSON.parse(JSON.stringify(await versions(consentId))) as unknown;
  await cleanUp();
  expect(await view(consentId)).toEqual(REMOVED);
  const lines: string[] = [];
  for await (const line of readArchive({ ctx, id: consentId })) lines.push(line);
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    { consent_id: consentId, versions: before },
  ]);
});

test("a consent's own policy overrides the company's, either way", async () => {
  const kept = { action: 'keep', after_days: 0 } as const;
  const cleaned = { action: 'delete', after_days: 0 } as const;
  const mine = await revoked({ retention_policy: cleaned });
  expect(await cleanUp()).toBe(1);
  expect(await view(mine)).toEqual(REMOVED);
  await setPolicy('delete', 0);
  const theirs = await revoked({ retention_policy: kept });
  expect(await sweepAt(100)).toBe(0);
  expect(await view(theirs)).toEqual(FULL);
  const later = await revoked({ retention_policy: { ...cleaned, after_days: 10 } });
  expect(await sweepAt(9)).toBe(0);
  expect(await sweepAt(11)).toBe(1);
  expect(await view(later)).toEqual(FULL);
});

test.each([
  ['everything', { all: true as const }],
  ['the email', { user_id: 'Ann@Example.com' }],
  ['the mobile', { user_id: '(415) 555-0100' }],
  ['the reference', { user_id: 'crm-17' }],
])('a legal hold on %s stops the clean-up until it is lifted', async (_, subject) => {
  await setPolicy('delete', 0);
  const input = { ...subject, reason: 'lawsuit' };
  const holder = { ctx, companyId: company.id, caller: CALLER };
  const consentId = await revoked({
    subject: { email: 'ann@example.com', mobile: '+1 415 555 0100', ref: 'crm-17' },
  });
  // Placed after the clean-up was recorded and before it runs.
  await placeLegalHold({ ...holder, input });
  expect(await cleanUp()).toBe(1);
  expect(await view(consentId)).toEqual(FULL);
  expect(await sweepAt(0)).toBe(0);
  await liftLegalHold({ ...holder, input: subject });
  expect(await sweepAt(0)).toBe(1);
  expect(await view(consentId)).toEqual(REMOVED);
});

test.each(['cleanup.recorded', 'cleanup.consent.committing', 'cleanup.consent.done'])(
  'after a crash at %s the consent is cleaned once',
  async (step) => {
    await setPolicy('delete', 0);
    const consentId = await makeConsent(ctx, company.id);
    const { revocation_id } = await revokeConsent({ ...by(), consentId });
    const crashing = crashAt(ctx, step);
    const job = { region: 'default' as const, revocationIds: [revocation_id!] };
    const run = async () => {
      await finishConsentRevocations({ ctx: crashing, ...job });
      await cleanUp(crashing);
    };
    await expect(run()).rejects.toThrow('crash');
    expect(await finishConsentRevocations({ ctx, ...job })).toEqual(['already_done']);
    await sweepAt(0);
    expect(await view(consentId)).toEqual(REMOVED);
    const { items } = await listConsentEvents({ ...by(), consentId, limit: 10 });
    expect(items.filter(({ action }) => action === 'consent.cleaned')).toHaveLength(1);
  },
);
