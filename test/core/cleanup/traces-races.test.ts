import { liftLegalHold } from '../../../src/core/legal-holds/lift-legal-hold';
import { placeLegalHold } from '../../../src/core/legal-holds/place-legal-hold';
import { removedId } from '../../../src/core/identifiers/removed-ids';
import { finishRevocation } from '../../../src/core/revocations/finish-revocation';
import { flagRevocation } from '../../../src/core/revocations/flag-revocation';
import { proveAudit } from '../../../src/core/revocations/prove-audit';
import { revokeByIdentifiers } from '../../../src/core/revocations/revoke-by-identifiers';
import { crashAt } from '../revocations/crash-at';
import { collections } from '../../helpers/collections';
import {
  aged,
  certificateOf,
  cleanUp,
  cleanupsOf,
  never,
  revoke,
  setPolicy,
  sweep,
  sweepAndClean,
  theCleanup,
  YEAR,
} from './scene';
import { IP, REFUSED, type TracesScene, withTraces } from './traces-scene';

let scene: TracesScene;
withTraces((opened) => (scene = opened));

test('a request that names what another one revoked names it no more once it is completed', async () => {
  const email = 'race@example.com';
  const [first, second] = [await aged(scene, 400, { email }), await aged(scene, 10, { email })];
  const slow = {
    ...scene.own,
    ctx: crashAt(scene.ctx, 'revocation.recorded'),
    method: 'api' as const,
  };
  await expect(revokeByIdentifiers({ ...slow, identifiers: { email } })).rejects.toThrow('crash');
  const [recorded] = await collections(scene.ctx)
    .revocations.find({ company_id: scene.company.id })
    .toArray();
  expect(recorded!.certificate_ids.sort()).toEqual([first.id, second.id].sort());
  await finishRevocation({
    ctx: scene.ctx,
    revocationId: await scene.optOut({ certificate_id: first.id }),
  });
  await finishRevocation({ ctx: scene.ctx, revocationId: recorded!._id });
  expect(await scene.ctx.store.revocations.find(recorded!._id)).toMatchObject({
    state: 'completed',
    certificate_ids: [second.id],
  });
  await scene.clean();
  expect(await scene.leftOf([first.id, first.sessionId])).toEqual([]);
});

test('a revocation that was recorded before the ids went still revokes', async () => {
  const { id } = await aged(scene, 400);
  await setPolicy(scene, { action: 'delete', ...YEAR });
  await sweep(scene);
  const cleanup = await theCleanup(scene);
  const stopped = crashAt(scene.ctx, 'cleanup.traces.ledger');
  await expect(cleanUp(stopped, cleanup)).rejects.toThrow('crash');
  expect((await certificateOf(scene, id))._id).toBe(id);
  const slow = {
    ...scene.own,
    ctx: crashAt(scene.ctx, 'revocation.recorded'),
    method: 'api' as const,
  };
  const identifiers = { certificate_id: id };
  await expect(revokeByIdentifiers({ ...slow, identifiers })).rejects.toThrow('crash');
  const [recorded] = await collections(scene.ctx)
    .revocations.find({ company_id: scene.company.id })
    .toArray();
  // As a process has read it that goes on just after the ids have gone.
  await cleanUp(scene.ctx, cleanup);
  expect((await certificateOf(scene, id))._id).not.toBe(id);
  expect(await scene.ctx.store.revocations.find(recorded!._id)).toMatchObject({
    certificate_ids: [removedId({ ctx: scene.ctx, id })],
  });
  await collections(scene.ctx).revocations.updateOne(
    { _id: recorded!._id },
    { $set: { certificate_ids: [id] } },
  );
  const result = await flagRevocation({ ctx: scene.ctx, revocationId: recorded!._id });
  expect(result).toMatchObject({ state: 'flagged' });
  expect(await scene.check(id)).toBe(REFUSED);
});

test('an entry that was composed before the ids went is mended by the proof, without an alarm', async () => {
  const { id } = await aged(scene, 400);
  const { revocation_id: revocationId } = await revoke(scene, id);
  await finishRevocation({ ctx: scene.ctx, revocationId: revocationId! });
  await scene.clean();
  const { audit } = collections(scene.ctx);
  const entry = { _id: `${revocationId!}.0` };
  await audit.updateOne(entry, { $set: { certificates: [id], ip: IP } });
  expect(await proveAudit({ ctx: scene.ctx, signal: never, now: scene.soon() })).toBe('done');
  expect(await audit.findOne(entry)).toMatchObject({
    certificates: [removedId({ ctx: scene.ctx, id })],
    ip: null,
  });
});

test('what a hold kept of it goes once the hold is lifted', async () => {
  const { id, sessionId } = await aged(scene, 400);
  await setPolicy(scene, { action: 'delete', ...YEAR });
  await sweep(scene);
  const stopped = crashAt(scene.ctx, 'cleanup.traces.ledger');
  await expect(cleanUp(stopped, await theCleanup(scene))).rejects.toThrow('crash');
  const hold = { ...scene.own, input: { all: true as const, reason: 'case 7' } };
  await placeLegalHold(hold);
  await cleanUp(scene.ctx, await theCleanup(scene));
  expect(await theCleanup(scene)).toMatchObject({ state: 'done' });
  await sweepAndClean(scene);
  expect((await certificateOf(scene, id))._id).toBe(id);
  await liftLegalHold(hold);
  await sweepAndClean(scene);
  expect(await cleanupsOf(scene)).toMatchObject([
    { subject: 'certificates' },
    { subject: 'tombstones', state: 'done', steps: { traces: { cleaned: 1 } } },
  ]);
  expect(await scene.leftOf([sessionId])).toEqual([]);
  expect(await scene.check(id)).toBe('404 Certificate not found');
});

test('a clean-up that an earlier release began is finished; a sweep does what it left', async () => {
  const { id, sessionId } = await aged(scene, 400);
  await revoke(scene, id);
  await setPolicy(scene, { action: 'delete', ...YEAR });
  await sweep(scene);
  const { _id } = await theCleanup(scene);
  await collections(scene.ctx).cleanups.updateOne({ _id }, { $unset: { 'steps.traces': '' } });
  await cleanUp(scene.ctx, await theCleanup(scene));
  expect(await theCleanup(scene)).toMatchObject({ state: 'done', subject_ids: [] });
  expect((await certificateOf(scene, id))._id).toBe(id);
  expect(await scene.check(id)).toBe(REFUSED);
  await sweepAndClean(scene);
  expect(await scene.leftOf([sessionId])).toEqual([]);
  expect(await scene.check(id)).toBe(REFUSED);
});
