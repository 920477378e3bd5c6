import { Readable, Writable } from 'node:stream';
import { acceptCsv } from '../../../src/core/batches/accept-csv';
import { discardUpload, sweepOrphanedUploads } from '../../../src/core/batches/discard-upload';
import { storeUpload } from '../../../src/core/batches/store-upload';
import { collections, database } from '../../helpers/collections';
import { HOUR_MS } from '../../../src/lib/durations';
import { CALLER, makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { stored, upload } from './csv-scene';

let service: Service;
let company: TestCompany;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  company = await makeCompany(service.ctx);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await collections(service.ctx).batches.deleteMany({});
  const db = database(service.ctx);
  for (const part of ['chunks', 'files']) await db.collection(`uploads.${part}`).deleteMany({});
});

const empty = { batches: [], chunks: 0 };
const bigFile = `email\n${'someone@example.com\n'.repeat(120_000)}`;
const store = (source: Readable, maxBytes?: number) => {
  const { ctx } = service;
  return storeUpload({
    ctx,
    companyId: company.id,
    caller: CALLER,
    source,
    ...(maxBytes && { maxBytes }),
  });
};
const receiving = () => store(Readable.from([Buffer.from('email\na@example.com\n')]));

/** Stores the first mebibyte for real, then fails like a full disk. */
function breakStorage(failAt: 'write' | 'end'): void {
  const { uploads } = service.ctx.store;
  const write = uploads.write.bind(uploads);
  const full = Object.assign(new Error('secret detail'), { code: 14031 });
  jest.spyOn(uploads, 'write').mockImplementation((id) => {
    const real = write(id);
    let bytes = 0;
    const broken = new Writable({
      write: (chunk: Buffer, encoding, done) => {
        bytes += chunk.length;
        if (failAt === 'write' && bytes > 1.5 * 1024 * 1024) done(full);
        else real.write(chunk, encoding, done);
      },
      final: (done) => {
        done(full);
      },
    });
    return Object.assign(broken, { abort: () => Promise.resolve() });
  });
}

test.each(['write', 'end'] as const)('answers 503 when storage fails in %s', async (failAt) => {
  breakStorage(failAt);
  const reply = await upload(service, company, { file: bigFile });
  expect(reply.status).toBe(503);
  expect(reply.headers.get('retry-after')).toBe('5');
  expect(JSON.stringify(reply.body)).not.toContain('secret');
  expect(await stored(service.ctx)).toEqual(empty);
});

test('leaves a key free for the next try after a 503', async () => {
  const headers = { 'idempotency-key': 'k1' };
  breakStorage('write');
  expect((await upload(service, company, { file: bigFile }, { headers })).status).toBe(503);
  jest.restoreAllMocks();
  expect((await upload(service, company, { file: bigFile }, { headers })).status).toBe(202);
});

test('accepts a file of the largest size and not a byte more', async () => {
  const file = Buffer.from('email\na@example.com\n');
  expect((await store(Readable.from([file]), file.length)).bytes).toBe(file.length);
  const tooLarge = store(Readable.from([file, Buffer.from('\n')]), file.length);
  await expect(tooLarge).rejects.toMatchObject({ code: 'payload_too_large' });
  expect((await stored(service.ctx)).batches).toHaveLength(1);
});

test('does not show a batch whose file is still arriving', async () => {
  const { batchId } = await receiving();
  const { token } = company;
  expect((await service.get(`/revocations/batches/${batchId}`, { token })).status).toBe(404);
  const list = await service.get('/revocations/batches', { token });
  expect(list.body).toEqual({ batches: [], next_cursor: null });
});

test('sweeps what a dead process has left, after two hours', async () => {
  await receiving();
  const { ctx } = service;
  const accepted = await upload(service, company, { file: 'email\na@example.com\n' });
  expect(await sweepOrphanedUploads({ ctx, now: new Date(Date.now() + 1.9 * HOUR_MS) })).toBe(0);
  expect((await stored(ctx)).batches).toHaveLength(2);
  expect(await sweepOrphanedUploads({ ctx, now: new Date(Date.now() + 2.1 * HOUR_MS) })).toBe(1);
  const { batches, chunks } = await stored(ctx);
  expect(batches.map(({ _id }) => _id)).toEqual([accepted.body.batch_id]);
  expect(chunks).toBe(2);
});

test('discards nothing that has become a batch meanwhile', async () => {
  const { body } = await upload(service, company, { file: 'email\na@example.com\n' });
  await discardUpload({ ctx: service.ctx, batchId: body.batch_id as string });
  expect((await stored(service.ctx)).batches).toHaveLength(1);
  expect((await stored(service.ctx)).chunks).toBe(2);
});

describe('an acceptance that commits late', () => {
  const accept = (upload: Awaited<ReturnType<typeof receiving>>) =>
    acceptCsv({ ctx: service.ctx, companyId: company.id, stored: upload, dryRun: false });

  test('cannot make a batch of a file that is being discarded', async () => {
    const { uploads } = service.ctx.store;
    const upload = await receiving();
    const remove = uploads.delete;
    const late = jest.fn(() => accept(upload));
    jest.spyOn(uploads, 'delete').mockImplementation(async (id) => {
      await expect(late()).rejects.toMatchObject({ code: 'unavailable' });
      await remove(id);
    });
    await discardUpload({ ctx: service.ctx, batchId: upload.batchId });
    expect(late).toHaveBeenCalledTimes(1);
    expect(await stored(service.ctx)).toEqual(empty);
  });

  test('nor of one whose discarding was interrupted, which the sweeper finishes', async () => {
    const { ctx } = service;
    const upload = await receiving();
    jest.spyOn(ctx.store.uploads, 'delete').mockRejectedValueOnce(new Error('gone'));
    await discardUpload({ ctx, batchId: upload.batchId });
    await expect(accept(upload)).rejects.toMatchObject({ code: 'unavailable' });
    expect(await sweepOrphanedUploads({ ctx, now: new Date(Date.now() + 3 * HOUR_MS) })).toBe(1);
    expect(await stored(ctx)).toEqual(empty);
  });
});
