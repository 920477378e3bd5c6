import { flagRevocation } from '../../../../src/core/revocations/flag-revocation';
import { revokeCertificate } from '../../../../src/core/revocations/revoke-certificate';
import type { Context } from '../../../../src/context';
import { collections } from '../../../helpers/collections';
import { CALLER } from '../../../helpers/company';
import {
  at,
  batchNow,
  crash,
  type CsvScene,
  expectAuditedOnce,
  openCsvScene,
  run,
  tenRows,
  withNewCompany,
} from '../scene';

let scene: CsvScene;

beforeAll(async () => {
  scene = await openCsvScene();
});
beforeEach(async () => {
  scene = await withNewCompany(scene);
});
afterAll(() => scene.close());

/** The same context, and the parts of whose certificates it has read again. */
function watched(ctx: Context): { ctx: Context; read: string[] } {
  const read: string[] = [];
  const { certificates } = ctx.store;
  const revokedByAny: typeof certificates.revokedByAny = (ids, session) => {
    read.push(...ids);
    return certificates.revokedByAny(ids, session);
  };
  const store = { ...ctx.store, certificates: { ...certificates, revokedByAny } };
  return { ctx: { ...ctx, store }, read };
}

const partsOf = (batchId: string) =>
  collections(scene.ctx).revocations.find({ batch_id: batchId }).sort({ _id: 1 }).toArray();

test('parts that won all that they name are audited without a second look', async () => {
  const { batch, ids } = await tenRows(scene);
  const { ctx, read } = watched(scene.ctx);
  expect(await run(ctx, batch)).toBe('completed');
  expect(read).toEqual([]);
  expect(await batchNow(scene, batch)).toMatchObject({ certificates_recorded: 7 });
  for (const part of await partsOf(batch._id)) expect(part).toMatchObject({ exact: true });
  await expectAuditedOnce(scene, ids);
});

test('one that lost a certificate to another request is looked at, and names the rest', async () => {
  const { company } = scene;
  const { batch, ids } = await tenRows(scene);
  const race = async () => {
    const [certificateId = ''] = ids;
    const by = { ctx: scene.ctx, companyId: company.id, method: 'api' as const, caller: CALLER };
    await revokeCertificate({ ...by, certificateId });
  };
  const { ctx, read } = watched(at(scene.ctx, 'batch.checkpointed', 1, race));
  expect(await run(ctx, batch)).toBe('completed');
  const [first, ...others] = await partsOf(batch._id);
  // Once to count what it won, and once for the audit.
  expect(read).toEqual([first!._id, first!._id]);
  expect(first).toMatchObject({ state: 'completed', certificate_ids: ids.slice(1, 3).sort() });
  expect(first!.exact).toBeUndefined();
  for (const part of others) expect(part).toMatchObject({ exact: true });
  await expectAuditedOnce(scene, ids);
});

test('one whose flags a worker that died had set is counted once, and not read again', async () => {
  const { batch, ids } = await tenRows(scene);
  await expect(run(at(scene.ctx, 'batch.flagged', 1, crash), batch)).rejects.toThrow('crash');
  const { ctx, read } = watched(scene.ctx);
  expect(await run(ctx, batch)).toBe('completed');
  const [first] = await partsOf(batch._id);
  expect(read).toEqual([first!._id]);
  await expectAuditedOnce(scene, ids);
});

test('of one that an earlier release left flagged, all is read', async () => {
  const { batch, ids } = await tenRows(scene);
  const left = at(scene.ctx, 'batch.flagged', 2, crash);
  await expect(run(left, batch)).rejects.toThrow('crash');
  const [first, second] = await partsOf(batch._id);
  // Another worker's reconciler has counted the second one.
  await flagRevocation({ ctx: scene.ctx, revocationId: second!._id });
  await collections(scene.ctx).revocations.updateMany(
    { batch_id: batch._id },
    { $unset: { exact: '' } },
  );
  const { ctx, read } = watched(scene.ctx);
  expect(await run(ctx, batch)).toBe('completed');
  expect(read).toEqual(expect.arrayContaining([first!._id, second!._id]));
  await expectAuditedOnce(scene, ids);
});
