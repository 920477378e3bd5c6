import { runCsvBatch } from '../../../src/core/batches/run-csv-batch';
import { collections } from '../../helpers/collections';
import {
  at,
  batchNow,
  counts,
  crash,
  type CsvScene,
  errorsOf,
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

describe('a worker that dies', () => {
  test.each([
    ['batch.checkpointed', 1],
    ['batch.checkpointed', 2],
    ['batch.checkpointed', 4],
    ['batch.checkpointed', 5],
    ['batch.flagged', 1],
    ['batch.flagged', 3],
    ['revocation.entry_written', 1],
    ['revocation.completed', 1],
    ['batch.closing', 1],
  ])('at %s, time number %i, leaves nothing undone and nothing done twice', async (step, nth) => {
    const { ctx } = scene;
    const { batch, ids, expected } = await tenRows(scene);
    await expect(run(at(ctx, step, nth, crash), batch)).rejects.toThrow('crash');
    expect((await batchNow(scene, batch)).open).toBe(true);
    expect(await run(ctx, batch)).toBe('completed');
    const after = await batchNow(scene, batch);
    expect(counts(after)).toEqual(expected);
    expect(after).toMatchObject({ certificates_revoked: 7, certificates_recorded: 7 });
    expect((await errorsOf(scene, batch)).length).toBe(3);
    await expectAuditedOnce(scene, ids);
    expect(await run(ctx, batch)).toBe('already_done');
  });

  test('at every step in turn still gets to the end', async () => {
    const { ctx } = scene;
    const { batch, ids, expected } = await tenRows(scene);
    let died = 0;
    // Each try writes the checkpoint of what the one before flagged, and dies at its own flags.
    while ((await run(at(ctx, 'batch.flagged', 2, crash), batch).catch(() => 'died')) === 'died') {
      died += 1;
      await collections(ctx).batches.updateOne({ _id: batch._id }, { $set: { failures: 0 } });
    }
    expect(died).toBe(3);
    expect(counts(await batchNow(scene, batch))).toEqual(expected);
    await expectAuditedOnce(scene, ids);
  });

  test('is followed by one that takes fewer rows at a time, and no row is done twice', async () => {
    const { ctx } = scene;
    const { batch, ids, expected } = await tenRows(scene);
    await expect(run(at(ctx, 'batch.checkpointed', 1, crash), batch)).rejects.toThrow('crash');
    const { signal } = new AbortController();
    const fewer = { ctx, batchId: batch._id, signal, rowsAtATime: 2 };
    expect(await runCsvBatch(fewer)).toBe('completed');
    expect(counts(await batchNow(scene, batch))).toEqual(expected);
    await expectAuditedOnce(scene, ids);
  });
});

describe('the lease', () => {
  test('keeps a second worker away until it runs out, and then the first one from writing', async () => {
    const { ctx } = scene;
    const { batch, ids, expected } = await tenRows(scene);
    let second = '';
    const slow = at(ctx, 'batch.flagged', 2, async () => {
      await collections(ctx).batches.updateOne({ _id: batch._id }, { $set: { lease_until: null } });
      second = await run(ctx, batch);
    });
    expect(await run(slow, batch)).toBe('taken_over');
    expect(second).toBe('completed');
    expect(counts(await batchNow(scene, batch))).toEqual(expected);
    await expectAuditedOnce(scene, ids);
  });

  test('makes a second worker wait while the first one goes on', async () => {
    const { ctx } = scene;
    const { batch, ids } = await tenRows(scene);
    expect((await Promise.all([run(ctx, batch), run(ctx, batch)])).sort()).toEqual([
      'already_done',
      'completed',
    ]);
    await expectAuditedOnce(scene, ids);
  });

  test('ends with the signal, and the next worker goes on at once', async () => {
    const { ctx } = scene;
    const { batch, ids, expected } = await tenRows(scene);
    const stop = new AbortController();
    const stopping = at(ctx, 'batch.flagged', 1, () => {
      stop.abort(new Error('stopped'));
      return Promise.resolve();
    });
    await expect(run(stopping, batch, stop.signal)).rejects.toThrow('stopped');
    expect(await batchNow(scene, batch)).toMatchObject({ lease_until: null, failures: 0 });
    await run(ctx, batch);
    expect(counts(await batchNow(scene, batch))).toEqual(expected);
    await expectAuditedOnce(scene, ids);
  });
});
