import { createToken } from '../../../src/core/credentials/create-token';
import { runCsvBatch } from '../../../src/core/batches/run-csv-batch';
import type { Context } from '../../../src/context';
import { flagsOf } from '../../../src/core/revocations/new-opt-out';
import { manyCertificates } from '../../core/batches/many-certificates';
import { collections } from '../../helpers/collections';
import { CALLER, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { people, upload } from './csv-scene';

let service: Service;
let ctx: Context;
let company: TestCompany;

beforeAll(async () => {
  service = await startService();
  ({ ctx } = service);
});
beforeEach(async () => {
  company = await makeCompany(ctx);
});
afterAll(() => service.close());

const poll = (
  query: Record<string, string> = {},
  {
    token = company.token,
    headers = {},
  }: { token?: string; headers?: Record<string, string> } = {},
) => service.get(`/revocations?${new URLSearchParams(query).toString()}`, { token, headers });

interface Item {
  batch_id: string | null;
  method: string;
  certificate_ids: string[];
}

async function pollAll(limit = '200'): Promise<Item[]> {
  const items: Item[] = [];
  for (let query: Record<string, string> = { limit }; ;) {
    const { status, body } = await poll(query);
    expect(status).toBe(200);
    items.push(...(body.revocations as Item[]));
    if (!body.has_more) return items;
    query = { limit, cursor: String(body.next_cursor) };
  }
}

test('a poll gives what was revoked since the last one, and always a cursor for the next', async () => {
  const { token } = company;
  const { id } = await makeCertificate(ctx, company);
  const first = await poll();
  expect([first.status, first.body]).toEqual([
    200,
    { revocations: [], next_cursor: expect.any(String), has_more: false },
  ]);
  const revoked = await service.post(
    `/certificates/${id}/revoke`,
    { reason: 'Ann Example asked' },
    { token },
  );
  const { status, body } = await poll({ cursor: first.body.next_cursor });
  expect([status, body.revocations]).toEqual([
    200,
    [
      {
        revocation_id: revoked.body.revocation_id,
        batch_id: null,
        method: 'api',
        channels: ['call', 'text', 'email'],
        certificate_ids: [id],
        consent_ids: [],
        revoked_at: revoked.body.timestamp,
        flags_committed_at: expect.any(String),
      },
    ],
  ]);
  const nothing = await poll({ cursor: body.next_cursor });
  expect(nothing.body).toEqual({
    revocations: [],
    next_cursor: body.next_cursor,
    has_more: false,
  });
  // The same path under /api, and a cursor that was used before.
  const again = await service.get(`/api/revocations?cursor=${first.body.next_cursor}`, { token });
  expect(again.body).toEqual({ ...body, next_cursor: expect.any(String) });
});

test('a file, with what others revoked in the middle of it, is given to the last certificate', async () => {
  const { token } = company;
  const { ids, file } = await people(ctx, company, 25);
  const [other = ''] = ids;
  await service.post(`/certificates/${other}/revoke`, {}, { token });
  const { body } = await upload(service, company, { file });
  const batchId = (body as { batch_id: string }).batch_id;
  const signal = new AbortController().signal;
  await runCsvBatch({ ctx, batchId, signal, rowsAtATime: 10 });
  const items = await pollAll('2');
  expect(items.map(({ method, batch_id }) => [method, batch_id])).toEqual([
    ['api', null],
    ...Array.from({ length: 3 }, () => ['csv', batchId]),
  ]);
  expect(items.flatMap((one) => one.certificate_ids).sort()).toEqual([...ids].sort());
});

test('a list of thousands is given before a worker has finished it', async () => {
  const ids = await manyCertificates(ctx, company, 2_300);
  const { status, body } = await service.post(
    '/revocations/bulk',
    { certificate_ids: ids },
    { token: company.token },
  );
  expect(status).toBe(202);
  const items = await pollAll();
  expect(new Set(items.map((one) => one.batch_id))).toEqual(new Set([body.batch_id]));
  expect(items.flatMap((one) => one.certificate_ids).sort()).toEqual([...ids].sort());
});

test('a part that others overtook names only what it revoked', async () => {
  const [one = '', two = ''] = await manyCertificates(ctx, company, 2);
  const { revocations, certificates } = collections(ctx);
  await service.post(`/certificates/${one}/revoke`, {}, { token: company.token });
  const made = await revocations.findOne({ company_id: company.id });
  const part = {
    ...made!,
    _id: `bat_${company.id}.1-0`,
    state: 'batched' as const,
    certificate_ids: [one, two],
  };
  delete part.exact;
  await revocations.insertOne(part);
  await ctx.store.certificates.revokeMany(company.id, [flagsOf(part)]);
  expect(await certificates.countDocuments({ 'opt_out.revocation_id': part._id })).toBe(1);
  expect((await pollAll()).map((item) => item.certificate_ids)).toEqual([[one], [two]]);
});

test('whoever may not, or asks wrongly, is told what is wrong', async () => {
  const mine = await poll();
  const cursor = String(mine.body.next_cursor);
  const other = await makeCompany(ctx);
  const wrong = async (query: Record<string, string>, options: Parameters<typeof poll>[1] = {}) => {
    const { status, body } = await poll(query, options);
    return [status, (body.details as { path: string }[] | undefined)?.map(({ path }) => path)];
  };
  expect(await wrong({ cursor }, { token: other.token })).toEqual([400, ['cursor']]);
  expect(await wrong({ cursor: `${cursor.slice(0, -2)}AA` })).toEqual([400, ['cursor']]);
  expect(await wrong({ cursor }, { headers: { 'x-us-env': 'true' } })).toEqual([400, ['cursor']]);
  expect(await wrong({ cursor: 'MTIz' })).toEqual([400, ['cursor']]);
  expect(await wrong({ cursor: '' })).toEqual([400, ['cursor']]);
  expect(await wrong({ since: 'yesterday' })).toEqual([400, ['since']]);
  expect(await wrong({ since: '2026-11-27' })).toEqual([400, ['since']]);
  expect(await wrong({ since: '2026-11-27T10:00:00Z', cursor })).toEqual([400, ['since']]);
  expect(await wrong({ limit: '0' })).toEqual([400, ['limit']]);
  expect(await wrong({ limit: '201' })).toEqual([400, ['limit']]);
  expect(await wrong({ form: '2026-11-27T10:00:00Z' })).toEqual([400, ['form']]);
  expect(await wrong({}, { headers: { 'x-us-env': 'yes' } })).toEqual([400, ['x-us-env']]);
  const by = { ctx, companyId: company.id, caller: CALLER };
  const { token } = await createToken({ ...by, input: { label: 'x', scopes: ['audit'] } });
  expect(await wrong({}, { token })).toEqual([403, ['Authorization']]);
  expect(await wrong({}, { token: 'rescind_tok_nobody' })).toEqual([401, undefined]);
  expect((await service.get('/revocations')).status).toBe(401);
  expect((await poll({ since: '2026-11-27T10:00:00.5+02:00', limit: '1' })).status).toBe(200);
});
