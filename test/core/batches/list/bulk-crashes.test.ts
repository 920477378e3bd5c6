import { finishBulkBatch } from '../../../../src/core/batches/list/finish-bulk-batch';
import { revokeInBulk } from '../../../../src/core/batches/list/revoke-in-bulk';
import type { Context } from '../../../../src/context';
import { openContext } from '../../../helpers/context';
import { flagRevocation } from '../../../../src/core/revocations/flag-revocation';
import { revokeCertificate } from '../../../../src/core/revocations/revoke-certificate';
import { partId } from '../../../../src/store/revocations';
import type { Batch } from '../../../../src/store/batches';
import { startConsumers } from '../../../../workers/consumers';
import { startReconciler } from '../../../../workers/reconciler/start-reconciler';
import { collections } from '../../../helpers/collections';
import { CALLER, makeCompany, type TestCompany } from '../../../helpers/company';
import { testConfig } from '../../../helpers/settings';
import { until } from '../../../helpers/until';
import { ensureIndexes } from '../../../helpers/indexes';
import { crashAt } from '../../revocations/crash-at';
import { counts, errorsOf, expectAuditedOnce } from '../scene';
import { manyCertificates } from '../many-certificates';

let ctx: Context;
let close: () => Promise<void>;
let company: TestCompany;
let ids: string[];

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'worker'));
  await ensureIndexes(ctx);
});
beforeEach(async () => {
  company = await makeCompany(ctx);
  ids = (await manyCertificates(ctx, company, 4)).sort();
});
afterAll(() => close());

const scene = () => ({ ctx, company, close });
/** The list, with one id that is unknown and one that is known, both repeated. */
const list = () => ['EC-none', ...ids, String(ids[0]), 'EC-none'];

function revoke(within: Context, operationId?: string) {
  return revokeInBulk({
    ctx: within,
    companyId: company.id,
    certificateIds: list(),
    reason: 'over',
    caller: CALLER,
    operationId,
  });
}

async function theBatch(): Promise<Batch> {
  const found = await collections(ctx).batches.find({ company_id: company.id }).toArray();
  expect(found).toHaveLength(1);
  return found[0] as Batch;
}

const STEPS = [
  'bulk.recorded',
  'revocation.chunk_flagged',
  'revocation.flagged',
  'bulk.flagged',
  'bulk.enqueueing',
];

async function expectFinished(): Promise<void> {
  const batch = await theBatch();
  expect(batch).toMatchObject({
    state: 'completed',
    open: false,
    certificates_revoked: 4,
    certificates_recorded: 4,
    flags_committed_at: expect.any(Date) as Date,
    completed_at: expect.any(Date) as Date,
  });
  expect(counts(batch)).toEqual({ revoked: 4, not_found: 2, duplicate: 1 });
  await expectAuditedOnce(scene(), ids);
}

test.each(STEPS)('what a crash at %s left is finished by the job, once', async (step) => {
  await expect(revoke(crashAt(ctx, step))).rejects.toThrow('crash');
  const { _id: batchId } = await theBatch();
  const outcomes = await Promise.all(
    Array.from({ length: 5 }, () => finishBulkBatch({ ctx, batchId })),
  );
  expect(outcomes.filter((outcome) => outcome === 'completed')).toHaveLength(1);
  await expectFinished();
});

test.each(STEPS)('after a crash at %s the same key gives the first answer', async (step) => {
  await expect(revoke(crashAt(ctx, step), 'op_1')).rejects.toThrow('crash');
  // Consent that is newer than the recorded request is not touched.
  const [later] = await manyCertificates(ctx, company, 1);
  const first = await revoke(ctx, 'op_1');
  expect(first).toMatchObject({ notFound: ['EC-none'], batch: { revoked: 4, open: true } });
  await finishBulkBatch({ ctx, batchId: first.batch._id });
  const again = await revoke(ctx, 'op_1');
  expect(again.notFound).toEqual(first.notFound);
  expect(again.batch).toMatchObject({ _id: first.batch._id, revoked: 4, already_revoked: 0 });
  await expectFinished();
  expect((await ctx.store.certificates.find(company.id, String(later)))?.opt_out.revoke).toBe(
    false,
  );
});

test.each([
  'revocation.entry_written',
  'revocation.audited',
  'revocation.completed',
  'bulk.audited',
])('a job that dies at %s leaves nothing twice', async (step) => {
  const { batch } = await revoke(ctx);
  const dying = finishBulkBatch({ ctx: crashAt(ctx, step), batchId: batch._id });
  await expect(dying).rejects.toThrow('crash');
  expect((await theBatch()).open).toBe(true);
  expect(await finishBulkBatch({ ctx, batchId: batch._id })).toBe('completed');
  await expectFinished();
});

test('the same key at the same time makes one batch', async () => {
  const results = await Promise.all(Array.from({ length: 5 }, () => revoke(ctx, 'op_2')));
  const batch = await theBatch();
  for (const result of results) {
    expect(result.batch).toMatchObject({ _id: batch._id, revoked: 4, already_revoked: 0 });
    expect(result.notFound).toEqual(['EC-none']);
  }
  await finishBulkBatch({ ctx, batchId: batch._id });
  await expectFinished();
});

test('what others revoke in between is counted and listed as already revoked', async () => {
  await expect(revoke(crashAt(ctx, 'bulk.recorded'))).rejects.toThrow('crash');
  const by = { ctx, companyId: company.id, method: 'api' as const, caller: CALLER };
  const { revocation_id } = await revokeCertificate({ ...by, certificateId: String(ids[2]) });
  const { _id: batchId } = await theBatch();
  const jobs = Array.from({ length: 5 }, () => finishBulkBatch({ ctx, batchId }));
  expect((await Promise.all(jobs)).filter((outcome) => outcome === 'completed')).toHaveLength(1);
  const batch = await theBatch();
  expect(counts(batch)).toEqual({ revoked: 3, already_revoked: 1, not_found: 2, duplicate: 1 });
  expect(await errorsOf(scene(), batch)).toEqual([
    '1 certificate_id EC-none not_found',
    `4 certificate_id ${String(ids[2])} already_revoked`,
    `6 certificate_id ${String(ids[0])} duplicate`,
    '7 certificate_id EC-none not_found',
  ]);
  const part = await ctx.store.revocations.find(partId(batchId, 1, 0));
  expect(part).toMatchObject({
    state: 'completed',
    batch_id: batchId,
    rows: { first: 1, last: 7 },
  });
  expect((await ctx.store.revocations.find(String(revocation_id)))?.state).toBe('flagged');
});

test('a batch of which others revoked everything first is completed without an audit entry', async () => {
  await expect(revoke(crashAt(ctx, 'bulk.recorded'))).rejects.toThrow('crash');
  const by = { ctx, companyId: company.id, method: 'api' as const, caller: CALLER };
  for (const certificateId of ids) await revokeCertificate({ ...by, certificateId });
  const { _id: batchId } = await theBatch();
  expect(await finishBulkBatch({ ctx, batchId })).toBe('completed');
  expect(counts(await theBatch())).toEqual({ already_revoked: 4, not_found: 2, duplicate: 1 });
  expect((await ctx.store.revocations.find(partId(batchId, 1, 0)))?.state).toBe('void');
  const filter = {
    action: 'certificate.revoked' as const,
    method: 'bulk' as const,
    company_id: company.id,
  };
  expect(await collections(ctx).audit.countDocuments(filter)).toBe(0);
});

test('a cancelled batch stays cancelled, and what it had recorded is revoked', async () => {
  await expect(revoke(crashAt(ctx, 'bulk.recorded'))).rejects.toThrow('crash');
  const { _id: batchId } = await theBatch();
  await ctx.store.batches.move(batchId, ['revoking'], { state: 'cancelled' });
  expect(await finishBulkBatch({ ctx, batchId })).toBe('cancelled');
  expect(await theBatch()).toMatchObject({ state: 'cancelled', open: false, revoked: 4 });
  await expectAuditedOnce(scene(), ids);
});

test('an unknown batch is `gone`', async () => {
  expect(await finishBulkBatch({ ctx, batchId: 'bat_none' })).toBe('gone');
});

test('the worker finds and finishes what a process left right after recording it', async () => {
  await expect(revoke(crashAt(ctx, 'bulk.recorded'))).rejects.toThrow('crash');
  const { _id: batchId } = await theBatch();
  const long = { requested_at: new Date(Date.now() - 10_000) };
  await collections(ctx).batches.updateOne({ _id: batchId }, { $set: long });
  await collections(ctx).revocations.updateOne({ _id: partId(batchId, 1, 0) }, { $set: long });
  const consumers = startConsumers(ctx);
  const reconciler = startReconciler(ctx, 50);
  try {
    await until('the batch is completed', async () => (await theBatch()).state === 'completed');
  } finally {
    await reconciler.stop();
    await consumers.close(5_000);
  }
  await expectFinished();
  expect(await flagRevocation({ ctx, revocationId: partId(batchId, 1, 0) })).toMatchObject({
    state: 'completed',
    revokedIds: ids,
  });
});
