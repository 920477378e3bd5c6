import { randomBytes } from 'node:crypto';
import { finishBulkBatch } from '../../../../src/core/batches/list/finish-bulk-batch';
import { batchStatusUrl } from '../../../../src/core/batches/status-url';
import { createToken } from '../../../../src/core/credentials/create-token';
import { finishRevocation } from '../../../../src/core/revocations/finish-revocation';
import type { Batch } from '../../../../src/store/batches';
import { collections } from '../../../helpers/collections';
import { CALLER, makeCertificate, makeCompany, type TestCompany } from '../../../helpers/company';
import { type Service, startService } from '../../../helpers/service';
import { testConfig } from '../../../helpers/settings';
import { wrongFields } from '../../../helpers/operator';
import { until } from '../../../helpers/until';
import { counts, errorsOf, expectAuditedOnce } from '../scene';
import { manyCertificates } from '../many-certificates';

let service: Service;
let company: TestCompany;
let ids: string[];

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  company = await makeCompany(service.ctx);
  ids = await manyCertificates(service.ctx, company, 5);
});

const scene = () => ({ ctx: service.ctx, company, close: service.close });
const bulk = (body: unknown, headers: Record<string, string> = {}, path = '/revocations/bulk') =>
  service.post(path, body, { token: company.token, headers });

async function batchOf(id: string): Promise<Batch> {
  const batch = await service.ctx.store.batches.find(id);
  if (!batch) throw new Error('no such batch');
  return batch;
}

const certificate = (id: string) => service.ctx.store.certificates.find(company.id, id);

test('revokes a list, and every flag is set when it answers', async () => {
  const reply = await bulk({ certificate_ids: ids, reason: 'campaign over' });
  expect(reply.status).toBe(202);
  expect(reply.body).toEqual({
    batch_id: expect.stringMatching(/^bat_[\w-]{22}$/) as string,
    revoked: 5,
    already_revoked: 0,
    not_found: [],
    status_url: `/revocations/batches/${String(reply.body.batch_id)}`,
  });
  for (const id of ids) {
    expect((await certificate(id))?.opt_out).toMatchObject({
      revoke: true,
      method: 'bulk',
      reason: 'campaign over',
    });
  }
  const batch = await batchOf(reply.body.batch_id as string);
  expect(batch).toMatchObject({
    method: 'bulk',
    state: 'recording',
    open: true,
    certificates_revoked: 5,
    rows_total: 5,
    flags_committed_at: expect.any(Date) as Date,
    actor: { type: 'token' },
    ip: '127.0.0.1',
  });
  expect(counts(batch)).toEqual({ revoked: 5 });
});

test('hands the rest to the queue, whose job writes the audit and completes the batch', async () => {
  const { body } = await bulk(
    { certificate_ids: ids, reason: 'over' },
    {},
    '/api/revocations/bulk',
  );
  const batchId = body.batch_id as string;
  const enqueued = await until(
    'the job is there',
    async () => (await batchOf(batchId)).enqueued_at && 'yes',
  );
  expect(enqueued).toBe('yes');
  const jobs = await service.ctx.queues.byName['bulk-revocations'].getJobs();
  expect(jobs.map((job) => job.data as unknown)).toContainEqual({ batch_id: batchId });
  expect(await finishBulkBatch({ ctx: service.ctx, batchId })).toBe('completed');
  expect(await finishBulkBatch({ ctx: service.ctx, batchId })).toBe('already_done');
  expect(await batchOf(batchId)).toMatchObject({
    state: 'completed',
    open: false,
    certificates_recorded: 5,
    completed_at: expect.any(Date) as Date,
  });
  await expectAuditedOnce(scene(), ids);
  const { entries } = (await service.get('/audit?action=certificate.revoked', company)).body;
  expect(entries).toHaveLength(1);
  expect(entries[0]).toMatchObject({ method: 'bulk', reason: 'over' });
  expect(entries[0].actor).toMatch(/^token:tok_/);
});

test('distinguishes unknown, already revoked and repeated ids, and those of another company', async () => {
  const other = await makeCompany(service.ctx);
  const theirs = await makeCertificate(service.ctx, other);
  await service.post(`/certificates/${String(ids[1])}/revoke`, {}, company);
  const list = [ids[0], 'EC-none', ids[1], theirs.id, ids[0], 'EC-none', ids[2]];
  const { body } = await bulk({ certificate_ids: list });
  expect(body).toMatchObject({
    revoked: 2,
    already_revoked: 1,
    not_found: ['EC-none', theirs.id],
  });
  const batch = await batchOf(body.batch_id as string);
  expect(counts(batch)).toEqual({ revoked: 2, already_revoked: 1, not_found: 3, duplicate: 1 });
  expect(await errorsOf(scene(), batch)).toEqual([
    '2 certificate_id EC-none not_found',
    `3 certificate_id ${String(ids[1])} already_revoked`,
    `4 certificate_id ${theirs.id} not_found`,
    `5 certificate_id ${String(ids[0])} duplicate`,
    '6 certificate_id EC-none not_found',
  ]);
  const untouched = await service.ctx.store.certificates.find(other.id, theirs.id);
  expect(untouched?.opt_out.revoke).toBe(false);
  await finishBulkBatch({ ctx: service.ctx, batchId: batch._id });
});

test('is followed, and its errors are listed, like a file', async () => {
  const { body } = await bulk({ certificate_ids: [...ids, 'EC-none', '=1+1'] });
  const url = body.status_url as string;
  const running = await service.get(url, company);
  expect(running.body).toMatchObject({ state: 'recording', method: 'bulk', rows_read: 7 });
  await finishBulkBatch({ ctx: service.ctx, batchId: body.batch_id as string });
  const done = await service.get(url, company);
  expect(done.body).toMatchObject({
    state: 'completed',
    dry_run: false,
    rows_total: 7,
    revoked: 5,
    not_found: 2,
    certificates_revoked: 5,
    seconds_left: 0,
    error: null,
  });
  const errors = await service.get(`${url}/errors.csv`, company);
  expect(errors.body.split(/\r?\n/).slice(1, 3)).toEqual([
    '6,certificate_id,EC-none,not_found',
    "7,certificate_id,'=1+1,not_found",
  ]);
});

test('is completed at once when there is nothing to revoke, and no revocation', async () => {
  const { status, body } = await bulk({ certificate_ids: ['EC-a', 'EC-b'] });
  expect(status).toBe(202);
  expect(body).toMatchObject({ revoked: 0, already_revoked: 0, not_found: ['EC-a', 'EC-b'] });
  const batch = await batchOf(body.batch_id as string);
  expect(batch).toMatchObject({ state: 'completed', open: false, enqueued_at: null });
  expect(counts(batch)).toEqual({ not_found: 2 });
  const { revocations } = collections(service.ctx);
  expect(await revocations.countDocuments({ company_id: company.id })).toBe(0);
});

test('takes 10,000 ids in one call', async () => {
  const many = await manyCertificates(service.ctx, company, 10_000);
  const { status, body } = await bulk({ certificate_ids: many });
  expect(status).toBe(202);
  expect(body.revoked).toBe(10_000);
  const batchId = body.batch_id as string;
  expect(await finishBulkBatch({ ctx: service.ctx, batchId })).toBe('completed');
  await expectAuditedOnce(scene(), many);
  const filter = { company_id: company.id, action: 'certificate.revoked' as const };
  const sizes = await collections(service.ctx).audit.find(filter).toArray();
  expect(sizes.map((entry) => entry.certificates.length)).toEqual(Array(10).fill(1_000));
});

test.each<[string, unknown, string[]]>([
  ['no list', {}, ['certificate_ids']],
  ['an empty list', { certificate_ids: [] }, ['certificate_ids']],
  ['no list but a text', { certificate_ids: 'EC-1' }, ['certificate_ids']],
  ['one wrong id', { certificate_ids: ['EC-1', 'EC-2', 'EC-3', 7] }, ['certificate_ids.3']],
  ['an empty id', { certificate_ids: [''] }, ['certificate_ids.0']],
  ['a long id', { certificate_ids: ['x'.repeat(201)] }, ['certificate_ids.0']],
  ['a long reason', { certificate_ids: ['EC-1'], reason: 'x'.repeat(1_001) }, ['reason']],
  ['10,001 ids', { certificate_ids: Array(10_001).fill('EC-1') }, ['certificate_ids']],
])('refuses %s with a 400 that names it', async (_, body, fields) => {
  const reply = await bulk(body);
  expect(reply.status).toBe(400);
  expect([...new Set(wrongFields(reply))]).toEqual(fields);
});

test('names the list once when a million ids are wrong', async () => {
  const reply = await bulk(`{"certificate_ids":[${'1,'.repeat(1_000_000)}1]}`);
  expect(reply.status).toBe(400);
  expect(wrongFields(reply)).toEqual(['certificate_ids']);
});

test('refuses bodies over 2 MiB, and takes one right below', async () => {
  const below = Array.from({ length: 9_000 }, () => randomBytes(100).toString('hex'));
  expect((await bulk({ certificate_ids: below })).status).toBe(202);
  expect((await bulk({ certificate_ids: [...below, ...below] })).status).toBe(413);
});

test('refuses callers without a token of the company', async () => {
  const body = { certificate_ids: ids };
  const other = await makeCompany(service.ctx);
  const { post } = service;
  expect((await post('/revocations/bulk', { ...body, ...company.ids })).status).toBe(401);
  expect((await post('/revocations/bulk', body, { token: 'rescind_tok_x' })).status).toBe(401);
  const mismatch = await post('/revocations/bulk', { ...body, company_id: other.id }, company);
  expect(mismatch.status).toBe(403);
  const theirs = await post('/revocations/bulk', body, other);
  expect(theirs.body).toMatchObject({ revoked: 0, not_found: ids });
  for (const id of ids) expect((await certificate(id))?.opt_out.revoke).toBe(false);
});

test('does it once under one Idempotency-Key', async () => {
  const headers = { 'idempotency-key': 'bulk-1' };
  const body = { certificate_ids: [...ids, 'EC-none'] };
  const first = await bulk(body, headers);
  const again = await bulk(body, headers);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  expect(again.status).toBe(202);
  expect(again.body).toEqual(first.body);
  expect((await bulk({ certificate_ids: ids }, headers)).status).toBe(422);
  const { batches } = collections(service.ctx);
  expect(await batches.countDocuments({ company_id: company.id })).toBe(1);
});

test('names each certificate in exactly one entry, whichever request came first', async () => {
  const many = await manyCertificates(service.ctx, company, 60);
  const { token } = await createToken({
    ctx: service.ctx,
    companyId: company.id,
    caller: CALLER,
    input: { label: 'second' },
  });
  const single = (id: string | undefined) =>
    service.post('/opt-out', { company_id: company.id, certificate_id: id }, { token });
  const replies = await Promise.all([
    bulk({ certificate_ids: many }),
    bulk({ certificate_ids: [...many].reverse() }),
    ...many.filter((_, i) => i % 3 === 0).map(single),
    bulk({ certificate_ids: many.slice(20) }),
  ]);
  const revoked = replies.map(({ body }) => body.revoked as number);
  expect(revoked.reduce((a, b) => a + b)).toBe(60);
  for (const { status, body } of replies) {
    if (status !== 202) continue;
    const batch = await batchOf(body.batch_id as string);
    counts(batch);
    expect(batch.revoked + batch.already_revoked).toBe(batch.rows_total);
    const listed = await errorsOf(scene(), batch);
    expect(listed).toHaveLength(batch.already_revoked);
    expect(new Set(listed).size).toBe(listed.length);
    await finishBulkBatch({ ctx: service.ctx, batchId: batch._id });
  }
  await until('the audit is complete', async () => {
    const { revocations } = collections(service.ctx);
    const states = { $in: ['recorded', 'flagged', 'batched'] as const };
    const open = await revocations.find({ company_id: company.id, state: states }).toArray();
    for (const { _id } of open) await finishRevocation({ ctx: service.ctx, revocationId: _id });
    return open.length === 0;
  });
  await expectAuditedOnce(scene(), many);
});

test('still answers while Redis is away', async () => {
  const away = await startService(testConfig({ REDIS_URL: 'redis://127.0.0.1:1' }));
  try {
    const theirs = await makeCompany(away.ctx);
    const list = await manyCertificates(away.ctx, theirs, 3);
    const { status, body } = await away.post(
      '/revocations/bulk',
      { certificate_ids: list },
      theirs,
    );
    expect(status).toBe(202);
    expect(body.revoked).toBe(3);
    const pending = await away.ctx.store.batches.findPending(
      new Date(Date.now() + 1_000),
      new Date(),
      10,
    );
    expect(pending).toEqual([body.batch_id]);
  } finally {
    await away.close();
  }
});

test('links to its public address where it knows it', () => {
  const { ctx } = service;
  const config = { ...ctx.config, publicUrl: 'https://consent.example.com' };
  expect(batchStatusUrl({ ctx: { config }, batchId: 'bat_1' })).toBe(
    'https://consent.example.com/revocations/batches/bat_1',
  );
});
