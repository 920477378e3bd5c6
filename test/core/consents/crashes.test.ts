import { finishConsentRevocations } from '../../../src/core/consents/finish-consent-revocations';
import { getConsent } from '../../../src/core/consents/get-consent';
import { modifyConsent } from '../../../src/core/consents/modify-consent';
import { registerConsent } from '../../../src/core/consents/register-consent';
import { revokeConsent } from '../../../src/core/consents/revoke-consent';
import { revokeSetConsent } from '../../../src/core/consents/revoke-set-consent';
import { revokeUserConsents } from '../../../src/core/consents/revoke-user-consents';
import type { Context } from '../../../src/context';
import { openContext } from '../../helpers/context';
import { reconcileWallets } from '../../../src/core/wallet/reconcile-wallets';
import { collections } from '../../helpers/collections';
import { CALLER, makeCompany, type TestCompany } from '../../helpers/company';
import { testConfig } from '../../helpers/settings';
import { crashAt } from '../revocations/crash-at';
import { makeConsent, makeSet, namedRevoked } from './scene';
import { walletOf } from '../../helpers/wallet';
import { ensureIndexes } from '../../helpers/indexes';

const PRICE = 30_000;

let ctx: Context;
let close: () => Promise<void>;
let company: TestCompany;

beforeAll(async () => {
  const settings = { PRICE_ATTESTR_REVOCATION_MICROUSD: String(PRICE) };
  ({ ctx, close } = await openContext(testConfig(settings), 'web'));
  await ensureIndexes(ctx);
});
beforeEach(async () => {
  company = await makeCompany(ctx, { balanceMicrousd: PRICE });
});
afterAll(() => close());

const by = (context = ctx) =>
  ({ ctx: context, region: 'default', companyId: company.id, caller: CALLER }) as const;
const wallet = () => walletOf(ctx, company.id);

test('a registration that crashes is all or nothing, and its repeat finds it', async () => {
  const input = {
    terms: {
      subject: { email: null, mobile: null, ref: 'r' },
      purposes: ['p'],
      text: 't',
      retention_policy: null,
    },
    operationId: 'op_register',
  };
  const crashing = crashAt(ctx, 'consent.registering');
  await expect(registerConsent({ ...by(crashing), ...input })).rejects.toThrow('crash');
  expect(await collections(ctx).consents.countDocuments({ company_id: company.id })).toBe(0);
  const first = await registerConsent({ ...by(), ...input });
  expect((await registerConsent({ ...by(), ...input }))._id).toBe(first._id);
  const { items } = await ctx.store.audit.list(
    company.id,
    { consent_id: first._id },
    { limit: 10 },
  );
  expect(items.map(({ action }) => action)).toEqual(['consent.created']);
});

test('a change that crashes is all or nothing', async () => {
  const consentId = await makeConsent(ctx, company.id);
  const crashing = crashAt(ctx, 'consent.modifying');
  const change = { text: 'other' };
  await expect(modifyConsent({ ...by(crashing), consentId, change })).rejects.toThrow('crash');
  expect((await getConsent({ ...by(), consentId })).version).toBe(0);
});

test('a revocation that crashes before its commit does nothing and costs nothing', async () => {
  const consentId = await makeConsent(ctx, company.id);
  const crashing = crashAt(ctx, 'consent.revoking');
  await expect(revokeConsent({ ...by(crashing), consentId })).rejects.toThrow('crash');
  expect((await getConsent({ ...by(), consentId })).status).toBe('granted');
  expect(await namedRevoked(ctx, company.id)).toEqual({});
  expect((await wallet())?.reserved_microusd).toBe(0);
});

test('a revocation that crashes right after its commit stands, is in the audit, and waits in the outbox', async () => {
  const consentId = await makeConsent(ctx, company.id);
  const crashing = crashAt(ctx, 'consent.revoked');
  await expect(revokeConsent({ ...by(crashing), consentId })).rejects.toThrow('crash');
  const { status, revocation_id } = await getConsent({ ...by(), consentId });
  expect(status).toBe('revoked');
  expect(await namedRevoked(ctx, company.id)).toEqual({ [consentId]: 1 });
  const later = new Date(Date.now() + 1_000);
  expect(await ctx.store.consentRevocations.findPending(later, later, 10)).toContain(revocation_id);
  expect((await revokeConsent({ ...by(), consentId })).revocation_id).toBe(revocation_id);
  expect((await wallet())?.reserved_microusd).toBe(PRICE);
});

test('on a set, the repeat of an operation answers as the first try would have', async () => {
  const set = await makeSet(ctx, company.id);
  const [consent] = set.consents;
  const call = { setId: set.id, consentId: consent!.consent_id, operationId: `op_${set.id}` };
  const crashing = crashAt(ctx, 'consent.revoked');
  await expect(revokeSetConsent({ ...by(crashing), ...call })).rejects.toThrow('crash');
  const again = await revokeSetConsent({ ...by(), ...call });
  expect(again.revocation.impact).toEqual({ before: 'complete', after: 'incomplete' });
  expect(again.records).toHaveLength(1);
  await expect(
    revokeSetConsent({ ...by(), ...call, operationId: undefined }),
  ).rejects.toMatchObject({ code: 'consent_not_found' });
  expect(await namedRevoked(ctx, company.id)).toEqual({ [consent!.consent_id]: 1 });
});

test('so does the repeat for a user, without what was granted in between', async () => {
  const set = await makeSet(ctx, company.id, { userId: 'user-crash' });
  const call = { userId: 'user-crash', which: {}, operationId: `op_${set.id}` };
  const crashing = crashAt(ctx, 'consent.revoked');
  await expect(revokeUserConsents({ ...by(crashing), ...call })).rejects.toThrow('crash');
  const later = await makeSet(ctx, company.id, { userId: 'user-crash' });
  const { records } = await revokeUserConsents({ ...by(), ...call });
  expect(records.map(({ set: member }) => member?.id)).toEqual([set.id, set.id]);
  const revoked = Object.keys(await namedRevoked(ctx, company.id));
  expect(revoked).not.toContain(later.consents[0]?.consent_id);
});

test.each(['consent.completing', 'consent.completed'])(
  'a follow-up that crashes at %s debits once',
  async (step) => {
    const consentId = await makeConsent(ctx, company.id);
    const { revocation_id } = await revokeConsent({ ...by(), consentId });
    const job = { region: 'default' as const, revocationIds: [revocation_id!] };
    await expect(finishConsentRevocations({ ctx: crashAt(ctx, step), ...job })).rejects.toThrow(
      'crash',
    );
    const runs = [1, 2].map(() => finishConsentRevocations({ ctx, ...job }));
    const outcomes = (await Promise.all(runs)).flat().sort();
    const last = step === 'consent.completing' ? 'done' : 'already_done';
    expect(outcomes).toEqual(['already_done', last]);
    expect(await wallet()).toMatchObject({ balance_microusd: 0, reserved_microusd: 0 });
    const { items } = await ctx.store.ledger.list(company.id, { limit: 10 });
    expect(items[0]).toMatchObject({ kind: 'attestr_revocation', amount_microusd: -PRICE });
    expect(items).toHaveLength(2);
  },
);

test('the proof of the wallets counts what is reserved and what was debited', async () => {
  const consentId = await makeConsent(ctx, company.id);
  const { revocation_id } = await revokeConsent({ ...by(), consentId });
  const { signal } = new AbortController();
  expect(await reconcileWallets({ ctx, signal })).toBe('done');
  await finishConsentRevocations({ ctx, region: 'default', revocationIds: [revocation_id!] });
  expect(await reconcileWallets({ ctx, signal })).toBe('done');
});

test('the follow-up of an unknown revocation is gone', async () => {
  const job = { region: 'us' as const, revocationIds: ['crv_none'] };
  expect(await finishConsentRevocations({ ctx, ...job })).toEqual(['gone']);
});
