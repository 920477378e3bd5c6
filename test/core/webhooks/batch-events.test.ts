import { runCsvBatch } from '../../../src/core/batches/run-csv-batch';
import { finishBulkBatch } from '../../../src/core/batches/list/finish-bulk-batch';
import { revokeInBulk } from '../../../src/core/batches/list/revoke-in-bulk';
import type { Context } from '../../../src/context';
import { flagRevocation } from '../../../src/core/revocations/flag-revocation';
import { collections } from '../../helpers/collections';
import { manyCertificates } from '../batches/many-certificates';
import { at, crash, run, storeBatch, tenRows } from '../batches/scene';
import { commit, runSome, storeScrub } from '../batches/scrub/scene';
import { crashAt } from '../revocations/crash-at';
import {
  BY,
  certificateIn,
  type EventScene,
  namedBy,
  optOutIn,
  PERSON,
  sizesOf,
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
const told = () => toldIn(scene);
const certificate = (more: object = {}) => certificateIn(scene, more);
const optOut = (identifiers: object, more: object = {}, of = ctx) =>
  optOutIn({ ...scene, ctx: of }, identifiers, more);

test('a bulk of several thousand is told by the thousand, its end last', async () => {
  const ids = await manyCertificates(ctx, scene.company, 2_500);
  await optOut({ certificate_id: ids[0]! });
  const request = { ctx, companyId: id(), caller: BY, reason: PERSON.reason };
  const dying = { ...request, ctx: crashAt(ctx, 'bulk.flagged'), operationId: 'op-1' };
  await expect(revokeInBulk({ ...dying, certificateIds: ids })).rejects.toThrow('crash');
  const again = { ...request, certificateIds: ids, operationId: 'op-1' };
  const { batch } = await revokeInBulk(again);
  await Promise.all([1, 2].map(() => finishBulkBatch({ ctx, batchId: batch._id })));
  const [single, ...rest] = await told();
  expect(single).toMatchObject({ batch_id: null });
  const end = rest.pop();
  expect(sizesOf(rest)).toEqual([1_000, 1_000, 499]);
  expect(namedBy(rest)).toEqual(ids.slice(1).sort());
  expect(end).toMatchObject({
    event: 'batch.completed',
    batch_id: batch._id,
    method: 'bulk',
    certificates_revoked: 2_499,
    already_revoked: 1,
  });
  // Nothing is left to revoke: just the end is told.
  const { batch: empty } = await revokeInBulk({ ...request, certificateIds: [ids[0]!, 'gone'] });
  expect((await told()).at(-1)).toMatchObject({
    event: 'batch.completed',
    batch_id: empty._id,
    certificates_revoked: 0,
  });
  expect(await told()).toHaveLength(6);
});

test.each(['batch.flagged', 'batch.checkpointed', 'batch.closing'])(
  'a file whose worker dies at %s, while the reconciler sets flags, too, tells each once',
  async (step) => {
    const { batch, ids } = await tenRows(scene);
    await expect(run(at(ctx, step, 1, crash), batch)).rejects.toThrow('crash');
    const left = { batch_id: batch._id, state: 'recorded' as const };
    const parts = await collections(ctx).revocations.find(left).toArray();
    await Promise.all(parts.map((part) => flagRevocation({ ctx, revocationId: part._id })));
    expect(await run(ctx, batch)).toBe('completed');
    expect(await run(ctx, batch)).toBe('already_done');
    const all = await told();
    const revoked = all.filter(({ event }) => event === 'certificate.revoked');
    expect(namedBy(revoked)).toEqual(ids.sort());
    expect(new Set(revoked.map((one) => one.batch_id))).toEqual(new Set([batch._id]));
    expect(all.slice(revoked.length)).toMatchObject([
      { event: 'batch.completed', revoked: 7, not_found: 1, duplicate: 1, invalid: 1 },
    ]);
  },
);

test('flags set by the reconciler at the same time as by the worker are told once', async () => {
  const { batch, ids } = await tenRows(scene);
  const beside = {
    ...ctx,
    reach: async (step: string) => {
      if (step !== 'batch.flagged') return;
      const left = { batch_id: batch._id, state: 'recorded' as const };
      const parts = await collections(ctx).revocations.find(left).toArray();
      for (const part of parts) void flagRevocation({ ctx, revocationId: part._id });
    },
  };
  expect(await run(beside, batch)).toBe('completed');
  expect(namedBy(await told())).toEqual(ids.sort());
});

test('a file that three workers died of has failed, and that is told after what it revoked', async () => {
  const { batch } = await tenRows(scene);
  await expect(run(at(ctx, 'batch.checkpointed', 2, crash), batch)).rejects.toThrow('crash');
  for (let death = 0; death < 3; death++) await ctx.store.batches.lease(batch._id, 0);
  expect(await run(ctx, batch)).toBe('failed');
  const all = await told();
  expect(all.at(-1)).toMatchObject({ event: 'batch.failed', error: 'worker_died_three_times' });
  expect(all.filter(({ event }) => event === 'batch.failed')).toHaveLength(1);
  const mine = { company_id: id(), 'opt_out.revoke': true };
  const revoked = await collections(ctx).certificates.find(mine).toArray();
  expect(namedBy(all)).toEqual(revoked.map(({ _id }) => _id).sort());
});

test('a dry run tells nothing, and a scrub when it is answered', async () => {
  await certificate();
  const file = `email\n${PERSON.email}\nnobody@example.com`;
  await run(ctx, await storeBatch(scene, file, { dry_run: true }));
  const scrub = await storeScrub(scene, file);
  await commit(scene, scrub);
  expect(await told()).toEqual([]);
  await runSome(ctx, scrub);
  await runSome(ctx, scrub);
  expect(await told()).toMatchObject([
    { event: 'scrub.completed', scrub_id: scrub._id, rows_read: 2, error: null },
  ]);
});

test('a file is told of by the thousand certificates of its steps', async () => {
  const ids = await manyCertificates(ctx, scene.company, 3_500);
  const batch = await storeBatch(scene, `certificate_id\n${ids.join('\n')}`);
  await runCsvBatch({ ctx, batchId: batch._id, signal: never });
  expect(sizesOf(await told())).toEqual([1_000, 1_000, 1_000, 500]);
});
