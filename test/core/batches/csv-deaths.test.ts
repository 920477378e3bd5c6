import { retryBatch } from '../../../src/core/batches/retry-batch';
import type { Context } from '../../../src/context';
import type { Batch } from '../../../src/store/batches';
import { collections } from '../../helpers/collections';
import { CALLER } from '../../helpers/company';
import {
  at,
  batchNow,
  cancel,
  counts,
  crash,
  type CsvScene,
  expectAuditedOnce,
  openCsvScene,
  run,
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

/** Workers that take the batch and are killed, one after the other. */
async function killed({ _id }: Batch, times: number): Promise<void> {
  for (let death = 0; death < times; death++) {
    expect(await scene.ctx.store.batches.lease(_id, 0)).not.toBeNull();
  }
}

/** A context in which nothing can be read of a file. */
function noRows(ctx: Context): Context {
  const read = () => {
    throw new Error('the file was read');
  };
  return { ...ctx, store: { ...ctx.store, uploads: { ...ctx.store.uploads, read } } };
}

describe('a worker that is killed', () => {
  test('three times at the same place makes the batch fail, with what is recorded revoked', async () => {
    const { ctx, company } = scene;
    const { batch, ids, expected } = await tenRows(scene);
    await collections(ctx).batches.updateOne(
      { _id: batch._id },
      { $set: { upload_expires_at: new Date(Date.now() + 3_600_000) } },
    );
    // The second part is recorded, and its flags are not set.
    await expect(run(at(ctx, 'batch.checkpointed', 2, crash), batch)).rejects.toThrow('crash');
    await killed(batch, 3);
    expect(await run(noRows(ctx), batch)).toBe('failed');
    expect(await batchNow(scene, batch)).toMatchObject({
      state: 'failed',
      error: 'worker_died_three_times',
      open: false,
    });
    expect(await run(noRows(ctx), batch)).toBe('already_done');
    await expectAuditedOnce(scene, ids.slice(0, 4));

    await retryBatch({ ctx, companyId: company.id, batchId: batch._id, caller: CALLER });
    expect(await run(ctx, batch)).toBe('completed');
    expect(counts(await batchNow(scene, batch))).toEqual(expected);
    await expectAuditedOnce(scene, ids);
  });

  test('twice at each of its checkpoints, or in the audit, does not', async () => {
    const { ctx } = scene;
    const { batch, ids, expected } = await tenRows(scene);
    for (let checkpoint = 0; checkpoint < 4; checkpoint++) {
      await killed(batch, 2);
      const dying = at(ctx, 'batch.checkpointed', 2, crash);
      await run(dying, batch).catch(() => undefined);
    }
    await killed(batch, 2);
    await run(at(ctx, 'batch.closing', 1, crash), batch).catch(() => undefined);
    expect(await batchNow(scene, batch)).toMatchObject({ state: 'recording', open: true });
    await killed(batch, 9);
    expect(await run(ctx, batch)).toBe('completed');
    expect(counts(await batchNow(scene, batch))).toEqual(expected);
    await expectAuditedOnce(scene, ids);
  });

  test('does not count where it ended by itself', async () => {
    const { ctx } = scene;
    const { batch } = await tenRows(scene);
    for (let stop = 0; stop < 5; stop++) {
      await expect(run(ctx, batch, AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
    }
    expect(await run(ctx, batch)).toBe('completed');
  });

  test('does not keep open what has been cancelled', async () => {
    const { ctx } = scene;
    const { batch, ids } = await tenRows(scene);
    await expect(run(at(ctx, 'batch.checkpointed', 1, crash), batch)).rejects.toThrow('crash');
    await cancel(scene, batch);
    await killed(batch, 3);
    expect(await run(noRows(ctx), batch)).toBe('cancelled');
    expect(await batchNow(scene, batch)).toMatchObject({ state: 'cancelled', open: false });
    // What was recorded is revoked all the same.
    await expectAuditedOnce(scene, ids.slice(0, 3));
  });
});
