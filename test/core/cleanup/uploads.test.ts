import { placeLegalHold } from '../../../src/core/legal-holds/place-legal-hold';
import { liftLegalHold } from '../../../src/core/legal-holds/lift-legal-hold';
import type { Context } from '../../../src/context';
import type { Batch } from '../../../src/store/batches';
import { batchNow, type CsvScene, errorsOf, openCsvScene, run, storeBatch } from '../batches/scene';
import { collections, database } from '../../helpers/collections';
import { CALLER, makeCompany } from '../../helpers/company';
import { crashAt } from '../revocations/crash-at';
import { cleanUp, cleanupsOf, sweep, sweepAndClean, theCleanup } from './scene';
import { HOUR_MS } from '../../../src/lib/durations';

const FILE = 'email\njo@example.com\nnonsense\n';
const PAST = new Date(Date.now() - 1_000);

let scene: CsvScene;
let ctx: Context;

beforeAll(async () => {
  scene = await openCsvScene();
  ({ ctx } = scene);
});
beforeEach(async () => {
  scene = { ...scene, company: await makeCompany(ctx) };
});
afterAll(() => scene.close());

/** A batch that has been run, and whose upload has expired. */
async function expired(more: Partial<Batch> = {}): Promise<Batch> {
  const batch = await storeBatch(scene, FILE);
  await run(ctx, batch);
  const change = { upload_expires_at: PAST, ...more };
  await collections(ctx).batches.updateOne({ _id: batch._id }, { $set: change });
  return batchNow(scene, batch);
}

async function isThere(batch: Batch): Promise<boolean> {
  const db = database(ctx);
  const chunks = await db.collection('uploads.chunks').countDocuments({ files_id: batch._id });
  return chunks > 0 || (await ctx.store.uploads.find(batch._id)) !== null;
}

function audited() {
  const filter = { action: 'upload.deleted' };
  return ctx.store.audit.list(scene.company.id, filter, { limit: 10 });
}

test('an expired upload is removed, even under keep, with what was remembered of its rows', async () => {
  const batch = await expired();
  expect(await errorsOf(scene, batch)).toHaveLength(2);
  await sweepAndClean(scene);
  expect(await isThere(batch)).toBe(false);
  expect(await errorsOf(scene, batch)).toEqual([]);
  const after = await batchNow(scene, batch);
  expect(after).toEqual({ ...batch, upload_expires_at: null });
  expect(await theCleanup(scene)).toMatchObject({
    subject: 'uploads',
    action: 'delete',
    state: 'done',
    steps: { uploads: { state: 'done', cleaned: 1 }, certificate: { state: 'not_needed' } },
  });
  const { items } = await audited();
  expect(items).toMatchObject([
    { certificates: [], actor: { type: 'system' }, reason: `UPLOAD_DAYS 7: ${batch._id}` },
  ]);
  await sweep(scene);
  expect(await cleanupsOf(scene)).toHaveLength(1);
});

test('errors of earlier runs of the file go with it', async () => {
  const batch = await storeBatch(scene, FILE, { dry_run: true });
  await run(ctx, batch);
  expect(await errorsOf(scene, batch)).toHaveLength(2);
  const change = { upload_expires_at: PAST, run: 1 };
  await collections(ctx).batches.updateOne({ _id: batch._id }, { $set: change });
  await sweepAndClean(scene);
  expect(await errorsOf(scene, { ...batch, run: 0 })).toEqual([]);
});

test.each([
  ['it has not expired', { upload_expires_at: new Date(Date.now() + 60_000) }],
  ['its batch is open', { open: true }],
])('an upload stays while %s', async (_why, more) => {
  const batch = await expired(more);
  await sweep(scene);
  expect(await cleanupsOf(scene)).toEqual([]);
  expect(await isThere(batch)).toBe(true);
});

test.each([
  ['is needed again', { open: true }],
  ['is kept longer', { upload_expires_at: new Date(Date.now() + 60_000) }],
])('an upload that %s after the sweep stays', async (_what, change) => {
  const batch = await expired();
  await sweep(scene);
  await collections(ctx).batches.updateOne({ _id: batch._id }, { $set: change });
  await cleanUp(ctx, await theCleanup(scene));
  expect(await isThere(batch)).toBe(true);
  expect(await theCleanup(scene)).toMatchObject({ state: 'done', skipped: 1 });
  expect((await audited()).items).toEqual([]);
});

test('a hold on everything keeps uploads, whether placed before the sweep or after it', async () => {
  const batch = await expired();
  await sweep(scene);
  const by = { ctx, companyId: scene.company.id, caller: CALLER };
  await placeLegalHold({ ...by, input: { all: true, reason: 'case 7' } });
  await cleanUp(ctx, await theCleanup(scene));
  await sweep(scene);
  expect(await cleanupsOf(scene)).toHaveLength(1);
  expect(await isThere(batch)).toBe(true);
  await liftLegalHold({ ...by, input: { all: true } });
  await sweepAndClean(scene);
  expect(await isThere(batch)).toBe(false);
});

test.each([
  'cleanup.uploads.decided',
  'cleanup.uploads.removed',
  'cleanup.uploads.committing',
  'cleanup.uploads.done',
])('after a crash at %s the clean-up is finished, whatever happens in between', async (step) => {
  const batch = await expired();
  await sweep(scene);
  const cleanup = await theCleanup(scene);
  await expect(cleanUp(crashAt(ctx, step), cleanup)).rejects.toThrow('crash');
  const by = { ctx, companyId: scene.company.id, caller: CALLER };
  await placeLegalHold({ ...by, input: { all: true, reason: 'too late' } });
  await Promise.all([cleanUp(ctx, cleanup), cleanUp(ctx, cleanup)]);
  expect(await isThere(batch)).toBe(false);
  expect(await errorsOf(scene, batch)).toEqual([]);
  expect(await theCleanup(scene)).toMatchObject({ state: 'done', failed: false });
  expect((await audited()).items).toHaveLength(1);
});

test('an upload whose process crashed is removed without a clean-up', async () => {
  const old = new Date(Date.now() - 3 * HOUR_MS);
  const batch = await storeBatch(scene, FILE, { state: 'receiving', open: false, created_at: old });
  await sweep(scene);
  expect(await isThere(batch)).toBe(false);
  expect(await ctx.store.batches.find(batch._id)).toBeNull();
});
