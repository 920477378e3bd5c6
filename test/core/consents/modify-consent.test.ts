import type { Context } from '../../../src/context';
import { getConsent } from '../../../src/core/consents/get-consent';
import { modifyConsent } from '../../../src/core/consents/modify-consent';
import { registerConsent } from '../../../src/core/consents/register-consent';
import { revokeConsents } from '../../../src/core/portal/revoke-consents';
import { revokeByIdentifiers } from '../../../src/core/revocations/revoke-by-identifiers';
import { DAY_MS } from '../../../src/lib/durations';
import { IdentifierHasher } from '../../../src/lib/identifier-hasher';
import type { Channel } from '../../../src/store/certificates';
import { collections } from '../../helpers/collections';
import { CALLER, CONSENT, makeCompany, type TestCompany } from '../../helpers/company';
import { openTwoContexts } from '../../helpers/context';
import { crashAt } from '../revocations/crash-at';
import { namedRevoked } from './scene';

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

const ANN = 'ann@example.com';
const JO = 'jo@example.com';
const EVERYWHERE = { kind: 'all', everywhere: true } as const;
const by = (of = ctx) =>
  ({ ctx: of, region: 'default', companyId: company.id, caller: CALLER }) as const;

async function make(givenAt = new Date(ctx.now().getTime() - DAY_MS)): Promise<string> {
  const subject = { email: ANN, mobile: null, ref: null };
  const terms = { subject, purposes: ['calls'], text: CONSENT, retention_policy: null };
  return (await registerConsent({ ...by(), terms, givenAt })).consent_id;
}

/** The open call, which touches no consent of this dialect. */
function optOut(
  identifiers: { email?: string; mobile?: string },
  { of = ctx, channels }: { of?: Context; channels?: Channel[] } = {},
) {
  const { companyId, caller } = by();
  return revokeByIdentifiers({ ctx: of, companyId, identifiers, method: 'api', caller, channels });
}

const change = (
  consentId: string,
  subject: { email?: string; mobile?: string; ref?: string },
  of = ctx,
) => modifyConsent({ ...by(of), consentId, change: { subject } });

test('a change that names somebody who has opted out since revokes the consent', async () => {
  await optOut({ email: JO });
  const consentId = await make();
  const modified = await change(consentId, { email: 'JO@example.com ' });
  expect(modified).toMatchObject({ status: 'revoked', version: 2, consent_id: consentId });
  expect(await getConsent({ ...by(), consentId })).toMatchObject({
    status: 'revoked',
    terms: { subject: { email: 'JO@example.com ' } },
  });
  const revocation = await ctx.store.consentRevocations.find(modified.revocation_id!);
  expect(revocation).toMatchObject({ method: 'standing', state: 'completed', fee_microusd: 0 });
  const query = [company.id, { consent_id: consentId }, { limit: 10 }] as const;
  const actions = (await ctx.store.audit.list(...query)).items.map(({ action }) => action);
  expect(actions.sort()).toEqual(['consent.created', 'consent.modified', 'consent.revoked']);
  // It is refused any further change, as any revoked one.
  await expect(change(consentId, { email: ANN })).rejects.toMatchObject({
    code: 'consent_revoked',
  });
});

test('so does one that adds a number beside the email', async () => {
  await optOut({ mobile: '+14155550100' });
  const consentId = await make();
  expect((await change(consentId, { mobile: '(415) 555-0100' })).status).toBe('revoked');
});

test('what it names already, newer consent, and an opt-out of some channels change nothing', async () => {
  const consentId = await make();
  await optOut({ email: ANN });
  const keys = ['a-newer-identifier-key-0123456789ab', ...ctx.config.identifierKeys] as const;
  const rotated = { ...ctx, identifiers: new IdentifierHasher([...keys]) };
  const same = { email: 'Ann@Example.com', ref: 'crm-1' };
  for (const one of [ctx, rotated])
    expect((await change(consentId, same, one)).status).toBe('granted');
  await optOut({ email: 'some@example.com' }, { channels: ['call', 'text'] });
  expect((await change(consentId, { email: 'some@example.com' })).status).toBe('granted');
  // Brought in again, it is compared like any other.
  expect((await change(consentId, { email: ANN })).status).toBe('revoked');
  await optOut({ email: JO });
  const newer = await make(new Date(ctx.now().getTime() + 1_000));
  expect((await change(newer, { email: JO })).status).toBe('granted');
});

test('a change and a request on the portal at the same instant, in two processes: revoked', async () => {
  const made: string[] = [];
  // One by one: at once they would wait for each other, as consents of one person.
  for (let i = 0; i < 12; i++) made.push(await make());
  const rounds = made.map(async (consentId, i) => {
    const email = `race-${String(i)}@example.com`;
    const [changing, asking] = i % 2 === 0 ? [ctx, beside.ctx] : [beside.ctx, ctx];
    await Promise.all([
      change(consentId, { email }, changing),
      revokeConsents({
        ctx: asking,
        identifier: { kind: 'email', value: email },
        scope: i % 4 < 2 ? { kind: 'company', companyId: company.id } : EVERYWHERE,
        requestId: `${company.id}-${String(i)}`,
        via: 'Consumer portal',
        ip: '192.0.2.1',
        gpc: false,
      }),
    ]);
    return (await getConsent({ ...by(), consentId })).status;
  });
  expect(new Set(await Promise.all(rounds))).toEqual(new Set(['revoked']));
});

test('a crash leaves neither the change nor the revocation; two at once revoke once', async () => {
  await optOut({ email: JO });
  const consentId = await make();
  await expect(change(consentId, { email: JO }, crashAt(ctx, 'consent.modifying'))).rejects.toThrow(
    'crash',
  );
  expect(await getConsent({ ...by(), consentId })).toMatchObject({ status: 'granted', version: 0 });
  const tries = [ctx, beside.ctx].map((of) => change(consentId, { email: JO }, of).catch(String));
  await Promise.all(tries);
  expect((await getConsent({ ...by(), consentId })).status).toBe('revoked');
  expect(await namedRevoked(ctx, company.id)).toEqual({ [consentId]: 1 });
  expect(await collections(ctx).suppressions.countDocuments({ company_id: company.id })).toBe(1);
});
