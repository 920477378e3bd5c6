import { revokeUserConsents } from '../../../src/core/consents/revoke-user-consents';
import { modifyConsent } from '../../../src/core/consents/modify-consent';
import { revokeConsent } from '../../../src/core/consents/revoke-consent';
import type { Context } from '../../../src/context';
import { revokeConsents } from '../../../src/core/portal/revoke-consents';
import { reserveRetention } from '../../../src/core/retention/reserve-retention';
import { settleRetention } from '../../../src/core/retention/settle-retention';
import { finishRevocation } from '../../../src/core/revocations/finish-revocation';
import { flagRevocation } from '../../../src/core/revocations/flag-revocation';
import { reconcileWallets } from '../../../src/core/wallet/reconcile-wallets';
import { disableEndpoint } from '../../../src/core/webhooks/disable-endpoint';
import { type Channel, CHANNELS } from '../../../src/store/certificates';
import type { Region } from '../../../src/store/regions';
import { collections } from '../../helpers/collections';
import { aged, setPolicy, sweepAndClean, YEAR } from '../cleanup/scene';
import { makeConsent, makeSet } from '../consents/scene';
import { crashAt } from '../revocations/crash-at';
import {
  BY,
  certificateIn,
  eventsIn,
  type EventScene,
  optOutIn,
  PERSON,
  toldIn,
  withEndpoints,
} from './events-scene';

const never = new AbortController().signal;

let scene: EventScene;
let ctx: Context;

withEndpoints((opened) => {
  scene = opened;
  ({ ctx } = opened);
});

const id = () => scene.company.id;
const told = (region: Region = 'default') => toldIn(scene, region);
const certificate = (more: object = {}) => certificateIn(scene, more);
const optOut = (identifiers: object, more: object = {}, of = ctx) =>
  optOutIn({ ...scene, ctx: of }, identifiers, more);

test('an opt-out is told once: not when it is repeated, void, or dies before it is counted', async () => {
  const one = await certificate();
  const dying = optOut({ email: PERSON.email }, {}, crashAt(ctx, 'revocation.flagged'));
  await expect(dying).rejects.toThrow('crash');
  expect(await told()).toEqual([]);
  const [revocation] = await collections(ctx).revocations.find({ company_id: id() }).toArray();
  const again = () => flagRevocation({ ctx, revocationId: revocation!._id });
  await expect(
    flagRevocation({
      ctx: crashAt(ctx, 'revocation.entry_written'),
      revocationId: revocation!._id,
    }),
  ).rejects.toThrow('crash');
  expect(await told()).toEqual([]);
  await Promise.all([again(), again()]);
  await optOut({ email: PERSON.email });
  await finishRevocation({ ctx, revocationId: revocation!._id });
  expect(await told()).toEqual([
    {
      event: 'certificate.revoked',
      batch_id: null,
      revocation_id: revocation!._id,
      method: 'api',
      channels: [...CHANNELS],
      revoked_at: expect.any(Date),
      certificate_ids: [one.id],
    },
  ]);
});

test('channels, one after the other, are told as they are opted out of', async () => {
  const one = await certificate();
  for (const channels of [['text'], ['text'], ['email', 'call']] as Channel[][]) {
    await optOut({ certificate_id: one.id }, { channels });
  }
  expect(await told()).toMatchObject([
    { channels: ['text'], certificate_ids: [one.id] },
    { channels: ['call', 'email'], certificate_ids: [one.id] },
  ]);
});

test('the portal is told of certificates and consents; what is born revoked, too', async () => {
  const one = await certificate();
  const consentId = await makeConsent(ctx, id(), {
    subject: { email: PERSON.email, mobile: null, ref: null },
  });
  await revokeConsents({
    ctx,
    identifier: { kind: 'email', value: PERSON.email },
    scope: { kind: 'company', companyId: id() } as never,
    requestId: 'request-1',
    via: 'portal',
    ip: PERSON.ip,
    gpc: false,
  });
  const given_at = new Date(ctx.now().getTime() - 86_400_000);
  const older = await certificate({ consents: [{ type: 'tcpa', text: PERSON.text, given_at }] });
  const all = await told();
  expect(all).toHaveLength(3);
  expect(all).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ event: 'consent.revoked', consent_ids: [consentId] }),
      expect.objectContaining({ method: 'consumer_portal', certificate_ids: [one.id] }),
      expect.objectContaining({ method: 'standing', certificate_ids: [older.id] }),
    ]),
  );
  const created = (await eventsIn(scene)).filter(({ event }) => event.endsWith('created'));
  expect(created.map(({ data }) => [data.certificate_id, data.revoked])).toEqual([
    [one.id, false],
    [older.id, true],
  ]);
});

test.each(['default', 'us'] as const)('consents of Baanx in the region %s', async (region) => {
  await makeSet(ctx, id(), { region });
  const by = { region, companyId: id(), userId: 'user-1', which: {}, caller: BY };
  const request = { ...by, reason: PERSON.reason, operationId: 'op-1' };
  const dying = revokeUserConsents({ ...request, ctx: crashAt(ctx, 'consent.revoking') });
  await expect(dying).rejects.toThrow('crash');
  expect(await told(region)).toEqual([]);
  await Promise.all([1, 2].map(() => revokeUserConsents({ ...request, ctx })));
  const mine = { company_id: id(), status: 'revoked' as const };
  const revoked = await collections(ctx, region).consents.find(mine).toArray();
  expect(revoked).toHaveLength(2);
  const [only, ...more] = await told(region);
  expect(more).toEqual([]);
  expect(only).toMatchObject({ event: 'consent.revoked', dialect: 'baanx', method: 'api' });
  expect(only?.consent_ids?.sort()).toEqual(revoked.map((one) => one.consent_id).sort());
  expect(await told(region === 'us' ? 'default' : 'us')).toEqual([]);
});

test('a consent of Attestr that is modified, modified to name who opted out, and revoked', async () => {
  const by = { ctx, region: 'default' as const, companyId: id(), caller: BY };
  const one = await makeConsent(ctx, id());
  const two = await makeConsent(ctx, id());
  await modifyConsent({ ...by, consentId: one, change: { text: PERSON.text } });
  await revokeConsent({ ...by, consentId: one, reason: PERSON.reason });
  await revokeConsent({ ...by, consentId: one, reason: PERSON.reason });
  await optOut({ email: PERSON.email });
  await modifyConsent({ ...by, consentId: two, change: { subject: { email: PERSON.email } } });
  expect(await told()).toMatchObject([
    { event: 'consent.modified', consent_id: one, version: 1 },
    { event: 'consent.revoked', consent_ids: [one], dialect: 'attestr' },
    { event: 'consent.modified', consent_id: two, version: 1 },
    { event: 'consent.revoked', consent_ids: [two], method: 'standing' },
  ]);
});

test('a retention, a clean-up, a low balance and a disabled endpoint are told once', async () => {
  const { id: certificateId, sessionId } = await certificate();
  const by = { ctx, companyId: id(), caller: BY };
  await reserveRetention({ ...by, kind: 'certificate', sessionId });
  const retentionId = `retain:certificate:${id()}:${sessionId}`;
  const dying = settleRetention({ ctx: crashAt(ctx, 'retention.settling'), retentionId });
  await expect(dying).rejects.toThrow('crash');
  expect(await told()).toEqual([]);
  await Promise.all([1, 2].map(() => settleRetention({ ctx, retentionId })));
  const old = await aged({ ctx, company: scene.company }, 400);
  await setPolicy({ ctx, company: scene.company }, { action: 'delete', ...YEAR });
  await sweepAndClean({ ctx, company: scene.company });
  await sweepAndClean({ ctx, company: scene.company });
  await reconcileWallets({ ctx, signal: never });
  await collections(ctx).companies.updateOne(
    { _id: id() },
    { $set: { low_balance_microusd: 1_000_000_000 } },
  );
  for (let i = 0; i < 2; i++) await reconcileWallets({ ctx, signal: never });
  const endpoint = (await ctx.store.webhookEndpoints.find(scene.endpointId))!;
  await Promise.all([1, 2].map(() => disableEndpoint({ ctx, endpoint, reason: 'gone' })));
  const all = await told();
  expect(all[0]).toMatchObject({
    event: 'retention.completed',
    certificate_id: certificateId,
    kind: 'certificate',
  });
  const cleaned = all.filter(({ event }) => event === 'cleanup.completed');
  expect(cleaned).toMatchObject([{ subject: 'certificates', action: 'delete', cleaned: 1 }]);
  expect(JSON.stringify(all)).not.toContain(old.id);
  expect(all.filter(({ event }) => event === 'wallet.low_balance')).toMatchObject([
    { low_balance_microusd: 1_000_000_000 },
  ]);
  expect(all.at(-1)).toMatchObject({ event: 'endpoint.disabled', endpoint_id: scene.endpointId });
  expect(all.filter(({ event }) => event === 'endpoint.disabled')).toHaveLength(1);
});
