import { revokeInBulk } from '../../../src/core/batches/list/revoke-in-bulk';
import { finishBulkBatch } from '../../../src/core/batches/list/finish-bulk-batch';
import { liftLegalHold } from '../../../src/core/legal-holds/lift-legal-hold';
import { placeLegalHold } from '../../../src/core/legal-holds/place-legal-hold';
import { listAudit } from '../../../src/core/audit/list-audit';
import { removedId } from '../../../src/core/identifiers/removed-ids';
import { reserveRetention } from '../../../src/core/retention/reserve-retention';
import { settleRetention } from '../../../src/core/retention/settle-retention';
import { finishRevocation } from '../../../src/core/revocations/finish-revocation';
import { proveAudit } from '../../../src/core/revocations/prove-audit';
import { listEntries } from '../../../src/core/wallet/list-entries';
import { proveWallet } from '../../../src/core/wallet/prove-wallet';
import { IdentifierHasher } from '../../../src/lib/identifier-hasher';
import { retentionId } from '../../../src/store/retentions';
import { dump } from '../backup/dump';
import { movementsOf } from '../../helpers/wallet';
import { collections } from '../../helpers/collections';
import { CALLER, CONSENT } from '../../helpers/company';
import { aged, certificateOf, never, revoke, sweepAndClean, PERSON } from './scene';
import { IP, REASON, REFUSED, type TracesScene, withTraces } from './traces-scene';

let scene: TracesScene;
withTraces((opened) => (scene = opened));

async function payFor(sessionId: string): Promise<void> {
  const { ctx, company, own } = scene;
  for (const kind of ['session', 'certificate'] as const) {
    await reserveRetention({ ...own, kind, sessionId });
    await settleRetention({ ctx, retentionId: retentionId(kind, company.id, sessionId) });
  }
  const { certificates, recordings } = collections(ctx);
  const past = new Date(0);
  const over = { retained_until: past, session_retained_until: past, kept_until: past };
  await certificates.updateOne({ session_id: sessionId }, { $set: over });
  await recordings.updateOne({ session_id: sessionId }, { $set: { kept_until: past } });
}

test('after a delete nothing holds the session, the IP or the reason, and all of it still holds', async () => {
  const { id, sessionId } = await aged(scene, 400, PERSON);
  expect(await scene.check(id)).toBe('200');
  await payFor(sessionId);
  const hold = { ...scene.own, input: { certificate_id: id, reason: REASON } };
  await placeLegalHold(hold);
  await liftLegalHold(hold);
  const revocationId = await scene.optOut({ email: PERSON.email });
  await finishRevocation({ ctx: scene.ctx, revocationId });
  const balance = (await proveWallet({ ctx: scene.ctx, companyId: scene.company.id }))
    .balance_microusd;
  expect(await scene.leftOf([sessionId, IP, REASON])).not.toEqual([]);
  await scene.clean();

  expect(await scene.leftOf([sessionId, id, IP, REASON])).toEqual([]);
  const gone = removedId({ ctx: scene.ctx, id });
  const { property_id } = scene.company.ids;
  const calls: [string, object][] = [
    ['match', { ...scene.company.ids, certificate_id: id, consent: CONSENT }],
    ['partial-match', { ...scene.company.ids, certificate_id: id, term: 'calls' }],
    ['certificate-info', { ...scene.company.ids, certificate_id: id, property_id }],
    [`session/${scene.company.id}`, { session_id: sessionId, property_id }],
    [`certificate/${scene.company.id}`, { session_id: sessionId, property_id }],
  ];
  for (const [path, body] of calls) {
    const reply = await scene.service.post(`/verify/${path}`, body);
    expect([path, reply.status]).toEqual([path, 403]);
  }
  expect(await scene.check(gone)).toBe(REFUSED);
  expect(await proveWallet({ ctx: scene.ctx, companyId: scene.company.id })).toMatchObject({
    balance_microusd: balance,
    entries_sum_microusd: balance,
  });
  const wallet = await listEntries({ ctx: scene.ctx, companyId: scene.company.id, limit: 10 });
  expect(wallet.entries.flatMap((one) => one.certificate_id ?? [])).toEqual([gone, gone, gone]);
  expect(await proveAudit({ ctx: scene.ctx, signal: never, now: scene.soon() })).toBe('done');
  const { entries } = await listAudit({
    ctx: scene.ctx,
    companyId: scene.company.id,
    query: { certificate_id: id, limit: 20 },
  });
  expect(entries.map(({ action }) => action).sort()).toEqual([
    'certificate.cleaned',
    'certificate.created',
    'certificate.retained',
    'certificate.revoked',
    'legal_hold.lifted',
    'legal_hold.placed',
    'recording.cleaned',
    'session.retained',
  ]);
  for (const { certificates } of entries) expect(certificates).toEqual([gone]);
  const proof = entries.find(({ action }) => action === 'certificate.revoked');
  expect(proof).toMatchObject({ entry_id: `${revocationId}.0`, method: 'api', actor: 'consumer' });
});

test('what names others beside it keeps IP and reason until the last one goes', async () => {
  const email = 'two@example.com';
  const gone = await aged(scene, 400, { email });
  const left = await aged(scene, 10, { email });
  const revocationId = await scene.optOut({ email });
  await finishRevocation({ ctx: scene.ctx, revocationId });
  await scene.clean();
  const { audit, revocations } = collections(scene.ctx);
  const names = [removedId({ ctx: scene.ctx, id: gone.id }), left.id].sort();
  const kept = { ip: IP, reason: REASON };
  const request = await revocations.findOne({ _id: revocationId });
  expect(request).toMatchObject(kept);
  expect(request!.certificate_ids.sort()).toEqual(names);
  const entry = await audit.findOne({ _id: `${revocationId}.0` });
  expect(entry).toMatchObject(kept);
  expect(entry!.certificates.sort()).toEqual(names);
  await collections(scene.ctx).certificates.updateOne(
    { _id: left.id },
    { $set: { created_at: new Date(0) } },
  );
  await sweepAndClean(scene);
  expect(await scene.leftOf([gone.sessionId, left.sessionId, REASON])).toEqual([]);
  expect(await revocations.findOne({ _id: revocationId })).toMatchObject({
    ip: null,
    reason: null,
  });
});

test('the reason of a bulk revocation goes with the last of its certificates', async () => {
  const { id, sessionId } = await aged(scene, 400);
  const { batch } = await revokeInBulk({ ...scene.own, certificateIds: [id], reason: REASON });
  await finishBulkBatch({ ctx: scene.ctx, batchId: batch._id });
  await scene.clean();
  expect(await scene.leftOf([sessionId, IP, REASON])).toEqual([]);
  expect(await scene.check(id)).toBe(REFUSED);
  const again = await revokeInBulk({ ...scene.own, certificateIds: [id, id] });
  expect(again).toMatchObject({
    notFound: [],
    batch: { already_revoked: 1, duplicate: 1, not_found: 0 },
  });
});

test('what was removed under an older key is refused under a newer one', async () => {
  const { id, sessionId } = await aged(scene, 400);
  await revoke(scene, id);
  await scene.clean();
  const keys = ['a-newer-identifier-key-0123456789', ...scene.ctx.config.identifierKeys] as const;
  const { identifiers } = scene.ctx;
  scene.ctx.identifiers = new IdentifierHasher(keys);
  try {
    expect(await scene.check(id)).toBe(REFUSED);
    const retain = { session_id: sessionId, property_id: scene.company.propertyId };
    const reply = await scene.service.post(`/verify/session/${scene.company.id}`, retain);
    expect(reply.status).toBe(403);
  } finally {
    scene.ctx.identifiers = identifiers;
  }
});

test('lines of checks of earlier releases lose the id, pages never have it', async () => {
  const { id } = await aged(scene, 400);
  await collections(scene.ctx).certificates.updateOne({ _id: id }, { $unset: { ledger_ref: '' } });
  expect(await scene.check(id)).toBe('200');
  const { ledgerLines, ledgerPages } = collections(scene.ctx);
  const [, movement] = await movementsOf(scene.ctx, scene.company.id);
  expect(movement?.certificate_ref).toMatch(/^crt_/);
  await ledgerLines.insertOne({
    _id: 'check:of-earlier',
    company_id: scene.company.id,
    kind: 'check_match',
    amount_microusd: -1,
    at: new Date(0),
    certificate_id: id,
    ...CALLER,
  });
  const pages = await ledgerPages.find().toArray();
  expect(JSON.stringify(pages)).not.toContain(id);
  await scene.clean();
  const [line] = await ledgerLines.find({ _id: 'check:of-earlier' }).toArray();
  expect(line?.certificate_id).toBe(removedId({ ctx: scene.ctx, id }));
  expect(await ledgerPages.find().toArray()).toEqual(pages);
});

test('an archive keeps what it was made for, and is still found by the id', async () => {
  const { id, sessionId } = await aged(scene, 400);
  await revoke(scene, id);
  await scene.clean('archive');
  expect(await scene.leftOf([sessionId])).toEqual([]);
  expect(await scene.check(id)).toBe(REFUSED);
  expect(JSON.stringify([...(await dump(scene.ctx))])).toContain('arc_');
});

test('nobody else’s names change', async () => {
  const { id } = await aged(scene, 400);
  const kept = await aged(scene, 10);
  await revoke(scene, kept.id);
  const before = await certificateOf(scene, kept.id);
  await scene.clean();
  expect((await certificateOf(scene, id)).data).toBe('removed');
  expect(await certificateOf(scene, kept.id)).toEqual(before);
  const created = await collections(scene.ctx).audit.findOne({ _id: `created:${kept.id}` });
  expect(created).toMatchObject({ certificates: [kept.id], ip: CALLER.ip });
});
