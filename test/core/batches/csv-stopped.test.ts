import { retryBatch } from '../../../src/core/batches/retry-batch';
import { runCsvBatch } from '../../../src/core/batches/run-csv-batch';
import { revokeCertificate } from '../../../src/core/revocations/revoke-certificate';
import { collections, database } from '../../helpers/collections';
import { CALLER } from '../../helpers/company';
import {
  at,
  batchNow,
  cancel,
  counts,
  crash,
  type CsvScene,
  expectAuditedOnce,
  makePeople,
  openCsvScene,
  run,
  storeBatch,
  tenRows,
  withNewCompany,
} from './scene';

let scene: CsvScene;

beforeAll(async () => {
  scene = await openCsvScene();
});
beforeEach(async () => {
  scene = await withNewCompany(scene);
});
afterAll(() => scene.close());

describe('a batch that is cancelled', () => {
  test('stops, and what is revoked by then stays revoked and is in the audit', async () => {
    const { ctx } = scene;
    const { batch, ids } = await tenRows(scene);
    expect(
      await run(
        at(ctx, 'batch.flagged', 1, () => cancel(scene, batch)),
        batch,
      ),
    ).toBe('cancelled');
    const after = await batchNow(scene, batch);
    expect(after).toMatchObject({ state: 'cancelled', open: false, rows_total: null });
    expect(counts(after)).toEqual({ revoked: 3 });
    await expectAuditedOnce(scene, ids.slice(0, 3));
  });

  test('while its worker is dead still revokes what was recorded, and no more', async () => {
    const { ctx } = scene;
    const { batch, ids } = await tenRows(scene);
    // The second part is recorded, and its flags are not set.
    await expect(run(at(ctx, 'batch.checkpointed', 2, crash), batch)).rejects.toThrow('crash');
    await cancel(scene, batch);
    expect(await run(ctx, batch)).toBe('cancelled');
    expect(counts(await batchNow(scene, batch))).toEqual({
      revoked: 4,
      not_found: 1,
      duplicate: 1,
    });
    await expectAuditedOnce(scene, ids.slice(0, 4));
  });

  test('right before the end of its dry run is closed even if its worker dies then', async () => {
    const { ctx } = scene;
    const { batch } = await tenRows(scene);
    await collections(ctx).batches.updateOne({ _id: batch._id }, { $set: { dry_run: true } });
    const cancelling = at(ctx, 'batch.flagged', 4, () => cancel(scene, batch));
    const dying = at(ctx, 'batch.checkpointed', 5, crash);
    const reach = async (step: string) => {
      await cancelling.reach(step);
      await dying.reach(step);
    };
    await expect(run({ ...ctx, reach }, batch)).rejects.toThrow('crash');
    await run(ctx, batch);
    expect(await batchNow(scene, batch)).toMatchObject({
      state: 'cancelled',
      open: false,
      rows_total: 10,
      completed_at: expect.any(Date) as Date,
    });
  });

  test('before it starts revokes nothing', async () => {
    const { ctx } = scene;
    const { batch } = await tenRows(scene);
    await cancel(scene, batch);
    expect(await run(ctx, batch)).toBe('cancelled');
    expect(await batchNow(scene, batch)).toMatchObject({ rows_read: 0, open: false });
    await expectAuditedOnce(scene, []);
  });
});

describe('what goes wrong', () => {
  test('with the file makes the batch fail, with what it revoked in the audit', async () => {
    const { ctx } = scene;
    const [one] = await makePeople(scene, 1);
    const filler = 'nobody@example.com\n'.repeat(120_000);
    const batch = await storeBatch(scene, `email\n${one?.email ?? ''}\n${filler}`);
    const chunks = database(ctx).collection('uploads.chunks');
    const kept = await chunks.findOne({ files_id: batch._id, n: 1 });
    await chunks.deleteOne({ files_id: batch._id, n: 1 });
    const { signal } = new AbortController();
    const again = () => runCsvBatch({ ctx, batchId: batch._id, signal });
    expect(await again()).toBe('failed');
    const failed = await batchNow(scene, batch);
    expect(failed).toMatchObject({ state: 'failed', error: 'file_damaged', open: false });
    expect(failed.revoked).toBe(1);
    await expectAuditedOnce(scene, [one?.id ?? '']);

    if (kept) await chunks.insertOne(kept);
    await ctx.store.batches.move(batch._id, ['failed'], { state: 'queued', open: true });
    expect(await again()).toBe('completed');
    expect(counts(await batchNow(scene, batch))).toEqual({ revoked: 1, not_found: 120_000 });
  });

  test('with the file after rows whose flags are being set still counts and audits these', async () => {
    const { ctx, company } = scene;
    const people = await makePeople(scene, 6);
    const filler = 'nobody@example.com\n'.repeat(60_000);
    const batch = await storeBatch(
      scene,
      `email\n${people.map(({ email }) => email).join(`\n${filler}`)}\n`,
    );
    const chunks = database(ctx).collection('uploads.chunks');
    await chunks.deleteOne({ files_id: batch._id, n: 2 });
    const { signal } = new AbortController();
    expect(await runCsvBatch({ ctx, batchId: batch._id, signal })).toBe('failed');
    const failed = await batchNow(scene, batch);
    expect(failed).toMatchObject({ error: 'file_damaged', revoked: 2, open: false });
    await expectAuditedOnce(
      scene,
      people.slice(0, 2).map(({ id }) => id),
    );
    const { revocations } = collections(ctx);
    const unfinished = await revocations.countDocuments({
      company_id: company.id,
      state: { $ne: 'completed' },
    });
    expect(unfinished).toBe(0);
  });

  test('with the file of a cancelled batch does not keep it open', async () => {
    const { ctx } = scene;
    const { batch, ids } = await tenRows(scene);
    await expect(run(at(ctx, 'batch.flagged', 1, crash), batch)).rejects.toThrow('crash');
    await cancel(scene, batch);
    await ctx.store.uploads.delete(batch._id);
    expect(await run(ctx, batch)).toBe('cancelled');
    expect(await batchNow(scene, batch)).toMatchObject({ open: false, error: 'file_damaged' });
    await expectAuditedOnce(scene, ids.slice(0, 3));
  });

  test('when only some flags are set leaves nothing unfinished', async () => {
    const { ctx } = scene;
    const { batch, ids } = await tenRows(scene);
    const { revokeMany } = ctx.store.certificates;
    const broken = at(ctx, 'never', 0, crash);
    const store = {
      ...ctx.store,
      certificates: {
        ...ctx.store.certificates,
        revokeMany: async (...given: Parameters<typeof revokeMany>) => {
          await revokeMany(...given);
          throw new Error('crash');
        },
      },
    };
    await collections(ctx).batches.updateOne({ _id: batch._id }, { $set: { failures: 4 } });
    await run({ ...broken, store }, batch).catch(() => 'died');
    expect(await run(ctx, batch)).toBe('failed');
    await expectAuditedOnce(scene, ids.slice(0, 3));
  });

  test('again and again makes the batch fail, and progress resets the count', async () => {
    const { ctx } = scene;
    const { batch } = await tenRows(scene);
    const broken = at(ctx, 'never', 0, crash);
    broken.store = {
      ...ctx.store,
      certificates: { ...ctx.store.certificates, revokeMany: () => crash() as never },
    };
    for (let failures = 1; failures < 5; failures++) {
      await expect(run(broken, batch)).rejects.toThrow('crash');
      expect((await batchNow(scene, batch)).failures).toBe(failures);
    }
    // It has failed, and stays open until what is recorded has been revoked.
    await expect(run(broken, batch)).rejects.toThrow('crash');
    expect(await batchNow(scene, batch)).toMatchObject({ state: 'failed', open: true });
    expect(await run(ctx, batch)).toBe('failed');
    expect(await batchNow(scene, batch)).toMatchObject({ error: 'internal', open: false });
  });

  test('for lack of disk space is reported after five attempts, and can be resumed', async () => {
    const { ctx, company } = scene;
    const { batch, ids, expected } = await tenRows(scene);
    const upload_expires_at = new Date(Date.now() + 3_600_000);
    await collections(ctx).batches.updateOne({ _id: batch._id }, { $set: { upload_expires_at } });
    const { revocations } = ctx.store;
    const insertMany: typeof revocations.insertMany = async (parts, session) => {
      // Not at once: the checkpoint in the same transaction is undone.
      if (parts[0]?.rows?.first === 1) await revocations.insertMany(parts, session);
      else throw Object.assign(new Error('no space'), { code: 14031 });
    };
    const full = { ...ctx, store: { ...ctx.store, revocations: { ...revocations, insertMany } } };
    for (let failures = 1; failures < 5; failures++) {
      await expect(run(full, batch)).rejects.toThrow('no space');
      expect((await batchNow(scene, batch)).failures).toBe(failures);
    }
    expect(await run(full, batch)).toBe('failed');
    expect(await batchNow(scene, batch)).toMatchObject({ error: 'no_disk_space', open: false });
    await expectAuditedOnce(scene, ids.slice(0, 3));

    await retryBatch({ ctx, companyId: company.id, batchId: batch._id, caller: CALLER });
    expect(await run(ctx, batch)).toBe('completed');
    expect(counts(await batchNow(scene, batch))).toEqual(expected);
    await expectAuditedOnce(scene, ids);
  });

  test('with a certificate that another request revokes in between is no error', async () => {
    const { ctx, company } = scene;
    const { batch, ids } = await tenRows(scene);
    const race = at(ctx, 'batch.checkpointed', 1, async () => {
      const certificateId = ids[0] ?? '';
      const method = 'api' as const;
      await revokeCertificate({
        ctx,
        companyId: company.id,
        certificateId,
        method,
        caller: CALLER,
      });
    });
    expect(await run(race, batch)).toBe('completed');
    const after = await batchNow(scene, batch);
    // Its second row is a duplicate all the same.
    expect(counts(after)).toEqual({
      revoked: 6,
      already_revoked: 1,
      not_found: 1,
      duplicate: 1,
      invalid: 1,
    });
    expect(after.certificates_revoked).toBe(6);
  });
});
