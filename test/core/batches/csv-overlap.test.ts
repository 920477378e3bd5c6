import type { Context } from '../../../src/context';
import type { Session } from '../../../src/store';
import { until } from '../../helpers/until';
import { collections } from '../../helpers/collections';
import {
  batchNow,
  counts,
  type CsvScene,
  errorsOf,
  expectAuditedOnce,
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

/** Ten rows, three at a time. */
const STEPS = 4;

/**
 * A context in which each checkpoint, which opens the next rows, begins to be written only when the
 * rows after these have been looked up.
 * @param then what happens at that moment, by the number of the checkpoint
 */
function overlapping(
  ctx: Context,
  then: (checkpoint: number) => Promise<void> = () => Promise.resolve(),
): Context {
  let lookedUp = 0;
  let checkpoints = 0;
  const { certificates, batches } = ctx.store;
  const findForRows: typeof certificates.findForRows = async (...asked) => {
    const found = await certificates.findForRows(...asked);
    lookedUp += 1;
    return found;
  };
  const progress: typeof batches.progress = async (id, fence, change, session?: Session) => {
    if (session && checkpoints < STEPS) {
      const checkpoint = ++checkpoints;
      await until('the next rows are looked up', () => lookedUp > checkpoint);
      await then(checkpoint);
    }
    return batches.progress(id, fence, change, session);
  };
  const store = {
    ...ctx.store,
    certificates: { ...certificates, findForRows },
    batches: { ...batches, progress },
  };
  return { ...ctx, store };
}

test('rows that were looked up before the rows ahead of them were opened know what these claim', async () => {
  const { batch, ids, expected } = await tenRows(scene);
  expect(await run(overlapping(scene.ctx), batch)).toBe('completed');
  expect(counts(await batchNow(scene, batch))).toEqual(expected);
  await expectAuditedOnce(scene, ids);
});

test('and so they do in a dry run', async () => {
  const { batch: real, expected } = await tenRows(scene);
  const { batches } = collections(scene.ctx);
  await batches.updateOne({ _id: real._id }, { $set: { dry_run: true } });
  expect(await run(overlapping(scene.ctx), real)).toBe('previewed');
  expect(counts(await batchNow(scene, real))).toEqual(expected);
  await expectAuditedOnce(scene, []);
});

test.each([1, 2, 3, 4])(
  'a worker that dies in checkpoint %i, with the next rows looked up, leaves nothing half done',
  async (nth) => {
    const { ctx } = scene;
    const { batch, ids, expected } = await tenRows(scene);
    const dying = overlapping(ctx, (checkpoint) =>
      checkpoint === nth ? Promise.reject(new Error('crash')) : Promise.resolve(),
    );
    await expect(run(dying, batch)).rejects.toThrow('crash');
    // Looking up alone records nothing and revokes nobody.
    const { rows_read, certificates_revoked } = await batchNow(scene, batch);
    expect(rows_read).toBe(Math.max(0, 3 * (nth - 2)));
    const { certificates } = collections(ctx);
    const mine = { company_id: scene.company.id, 'opt_out.revoke': true };
    expect(await certificates.countDocuments(mine)).toBeGreaterThanOrEqual(certificates_revoked);
    expect(await certificates.countDocuments(mine)).toBeLessThanOrEqual(3 * (nth - 1));
    expect(await run(ctx, batch)).toBe('completed');
    expect(counts(await batchNow(scene, batch))).toEqual(expected);
    expect((await errorsOf(scene, batch)).length).toBe(3);
    await expectAuditedOnce(scene, ids);
  },
);

test.each([1, 2, 4])(
  'a lease that is lost at checkpoint %i, with the next rows looked up, leaves all to the next worker',
  async (nth) => {
    const { ctx } = scene;
    const { batch, ids, expected } = await tenRows(scene);
    let second = '';
    const losing = overlapping(ctx, async (checkpoint) => {
      if (checkpoint !== nth) return;
      await collections(ctx).batches.updateOne({ _id: batch._id }, { $set: { lease_until: null } });
      second = await run(ctx, batch);
    });
    expect(await run(losing, batch)).toBe('taken_over');
    expect(second).toBe('completed');
    expect(counts(await batchNow(scene, batch))).toEqual(expected);
    expect((await errorsOf(scene, batch)).length).toBe(3);
    await expectAuditedOnce(scene, ids);
  },
);

test('a file that cannot be read on still has counted and audited what was opened meanwhile', async () => {
  const { ctx } = scene;
  const { batch, ids } = await tenRows(scene);
  let asked = 0;
  const { certificates } = ctx.store;
  const findForRows: typeof certificates.findForRows = (...names) =>
    ++asked === 3 ? Promise.reject(new Error('unreadable')) : certificates.findForRows(...names);
  const store = { ...ctx.store, certificates: { ...certificates, findForRows } };
  await expect(run({ ...ctx, store }, batch)).rejects.toThrow('unreadable');
  expect(await batchNow(scene, batch)).toMatchObject({ rows_read: 6, revoked: 4, failures: 1 });
  expect(await run(ctx, batch)).toBe('completed');
  await expectAuditedOnce(scene, ids);
});

test('an id that a clean-up has replaced is looked for only where there is no such id', async () => {
  const { ctx, company } = scene;
  const { ids } = await tenRows(scene);
  const asked: string[][] = [];
  const { certificates } = ctx.store;
  const findForRows: typeof certificates.findForRows = (id, names, ...rest) => {
    asked.push(names.ids);
    return certificates.findForRows(id, names, ...rest);
  };
  const store = { ...ctx.store, certificates: { ...certificates, findForRows } };
  const known = ids.slice(0, 2);
  const file = ['certificate_id', ...known, 'EC-gone'].join('\n');
  expect(await run({ ...ctx, store }, await storeBatch({ ...scene, company }, file))).toBe(
    'completed',
  );
  expect(asked[0]).toEqual([...known, 'EC-gone']);
  expect(asked[1]).toHaveLength(ctx.config.identifierKeys.length);
  expect(asked[1]?.[0]).not.toBe('EC-gone');
  await expectAuditedOnce(scene, known);
});
