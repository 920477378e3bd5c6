import { cancelBatch } from '../../../src/core/batches/cancel-batch';
import { retryBatch } from '../../../src/core/batches/retry-batch';
import { runCsvBatch } from '../../../src/core/batches/run-csv-batch';
import { DAY_MS, HOUR_MS } from '../../../src/lib/durations';
import { collections } from '../../helpers/collections';
import { CALLER, makeCompany, type TestCompany } from '../../helpers/company';
import { operatorClient } from '../../helpers/operator';
import { type Service, startService } from '../../helpers/service';
import { until } from '../../helpers/until';
import { stored, upload } from './csv-scene';

/** 23 bytes. */
const FILE = 'email\nnobody@x.example\n';
const GIB = 1024 * 1024 * 1024;

let service: Service;
let company: TestCompany;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  company = await makeCompany(service.ctx);
});

const operator = operatorClient(() => service);
const send = (fields = {}, of = company) => upload(service, of, { file: FILE, fields });
const run = (batchId: string) =>
  runCsvBatch({ ctx: service.ctx, batchId, signal: new AbortController().signal });
const mine = () => collections(service.ctx).batches.find({ company_id: company.id }).toArray();

/** Sets limits below what operators may set. */
async function limit(limits: Record<string, number>): Promise<void> {
  await collections(service.ctx).companies.updateOne({ _id: company.id }, { $set: { limits } });
}

test('a company may have so many files open; the next is refused, and nothing kept of it', async () => {
  const settings = await operator('PATCH', `/companies/${company.id}`, {
    limits: { open_uploads: 2 },
  });
  expect(settings.body.limits).toEqual({ open_uploads: 2 });
  const first = await send();
  expect((await send({ dry_run: 'true' })).status).toBe(202);
  const before = await stored(service.ctx);
  const refused = await send();
  expect(refused.body).toEqual({
    status: 429,
    error: 'The company has as many files waiting as it may have',
  });
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '30']);
  expect((await stored(service.ctx)).chunks).toBe(before.chunks);
  expect(await mine()).toHaveLength(2);
  expect((await send({}, await makeCompany(service.ctx))).status).toBe(202);

  expect(await run(first.body.batch_id)).toBe('completed');
  expect((await send()).status).toBe(202);
});

test('of files that come together no more are let in than there is room for', async () => {
  await limit({ open_uploads: 3 });
  const replies = await Promise.all(Array.from({ length: 6 }, () => send()));
  expect(replies.map(({ status }) => status).sort()).toEqual([202, 202, 202, 429, 429, 429]);
});

test('a company may have so many bytes stored, whether its files come one by one or together', async () => {
  await limit({ stored_upload_bytes: 60 });
  const replies = await Promise.all([send(), send(), send(), send()]);
  expect(replies.map(({ status }) => status).sort()).toEqual([202, 202, 429, 429]);
  const again = await send();
  expect([again.status, again.body.error]).toEqual([
    429,
    'The company has as many bytes of uploaded files stored as it may have',
  ]);
  expect(Number(again.headers.get('retry-after'))).toBeGreaterThan(59);
  await until('nothing is kept of the others', async () => (await mine()).length === 2);

  // Full: the next is refused before it is read, until the first one goes.
  await limit({ stored_upload_bytes: 46 });
  const full = await send();
  expect(full.status).toBe(429);
  const days = service.ctx.config.uploadDays;
  expect(Number(full.headers.get('retry-after'))).toBeGreaterThan((days * DAY_MS) / 1_000 - 600);
  const [one] = await mine();
  await collections(service.ctx).batches.updateOne(
    { _id: one?._id ?? '' },
    { $set: { upload_expires_at: null, open: false } },
  );
  expect((await send()).status).toBe(202);
});

test('operators set the limits, none below one file, and null puts the default back', async () => {
  const path = `/companies/${company.id}`;
  for (const wrong of [
    { stored_upload_bytes: GIB - 1 },
    { open_uploads: 0 },
    { running_files: 0 },
  ]) {
    expect((await operator('PATCH', path, { limits: wrong })).status).toBe(400);
  }
  const limits = { stored_upload_bytes: GIB, open_uploads: 1, running_files: 1, api_per_day: 9 };
  expect((await operator('PATCH', path, { limits })).body.limits).toEqual(limits);
  const removed = { stored_upload_bytes: null, open_uploads: null, running_files: null };
  expect((await operator('PATCH', path, { limits: removed })).body.limits).toEqual({
    api_per_day: 9,
  });
});

test('what is cancelled is kept for an hour, what has failed for a day, what is resumed as long as ever', async () => {
  const { ctx } = service;
  const keptMs = async (id: string) => {
    const batch = await ctx.store.batches.find(id);
    return (batch?.upload_expires_at?.getTime() ?? 0) - Date.now();
  };
  const near = (ms: number) => [ms - 60_000, ms + 1_000] as const;
  const within = (ms: number, [from, to]: readonly [number, number]) => ms > from && ms <= to;
  const running: string = (await send()).body.batch_id;
  const preview: string = (await send({ dry_run: 'true' })).body.batch_id;
  expect(await run(preview)).toBe('previewed');
  expect(within(await keptMs(preview), near(ctx.config.uploadDays * DAY_MS))).toBe(true);
  for (const batchId of [running, preview]) {
    await cancelBatch({ ctx, companyId: company.id, batchId, caller: CALLER });
  }
  expect(await run(running)).toBe('cancelled');
  for (const id of [running, preview]) {
    expect(within(await keptMs(id), near(HOUR_MS))).toBe(true);
  }

  const broken: string = (await send()).body.batch_id;
  await ctx.store.uploads.delete(broken);
  expect(await run(broken)).toBe('failed');
  expect(within(await keptMs(broken), near(DAY_MS))).toBe(true);
  await retryBatch({ ctx, companyId: company.id, batchId: broken, caller: CALLER });
  expect(within(await keptMs(broken), near(ctx.config.uploadDays * DAY_MS))).toBe(true);
});
