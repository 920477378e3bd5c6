import { runCsvBatch } from '../../src/batches/run-csv-batch';
import { makeCompany, type TestCompany } from '../helpers/company';
import { type Service, startService } from '../helpers/service';
import { testConfig } from '../helpers/settings';
import { people, stored, upload } from './csv-scene';

let service: Service;
let company: TestCompany;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  company = await makeCompany(service.ctx);
});

const FILE = 'email,name\nann@example.com,Ann\n';
const send = (
  ...rest: Parameters<typeof upload> extends [unknown, unknown, ...infer R] ? R : never
) => upload(service, company, ...rest);
const mine = () => service.ctx.store.batches.model.find({ company_id: company.id }).lean();
const run = (batchId: string) =>
  runCsvBatch({ ctx: service.ctx, batchId, signal: new AbortController().signal });

/** Refused, naming a field, and nothing of it is left. */
async function expectRefused(
  reply: Awaited<ReturnType<typeof upload>>,
  status: number,
  path?: string,
): Promise<void> {
  expect([reply.status, reply.body.status]).toEqual([status, status]);
  if (path !== undefined) expect(reply.body.details[0].path).toBe(path);
  expect(JSON.stringify(reply.body)).not.toMatch(/node_modules|\bat \/|Mongo|Multer|busboy/i);
  expect(await mine()).toEqual([]);
}

it.each(['/revocations/csv', '/api/revocations/csv'])(
  'takes a file at %s, and it is revoked by the worker',
  async (path) => {
    const { file, ids } = await people(service.ctx, company, 3);
    const reply = await send({ file, fields: { reason: 'campaign over' } }, { path });
    expect(reply.status).toBe(202);
    const { batch_id, status_url } = reply.body;
    expect(reply.body).toEqual({ batch_id, status_url: `/revocations/batches/${batch_id}` });
    const batch = (await mine())[0];
    expect(batch).toMatchObject({ _id: batch_id, state: 'queued', open: true, dry_run: false });
    expect(batch).toMatchObject({ reason: 'campaign over', actor: { type: 'token' } });
    expect(batch?.position).toEqual(batch?.upload?.data);
    const days = (batch?.upload_expires_at?.getTime() ?? 0) - (batch?.requested_at.getTime() ?? 0);
    expect(days).toBe(service.ctx.config.uploadDays * 86_400_000);
    expect(await run(batch_id)).toBe('completed');
    const view = await service.get(status_url, { token: company.token });
    expect(view.body).toMatchObject({ state: 'completed', revoked: 3, rows_read: 3 });
    const revoked = await service.ctx.store.certificates.model.find({ 'opt_out.revoke': true });
    expect(revoked.map(({ _id }) => _id)).toEqual(expect.arrayContaining(ids));
  },
);

it('hands out whole links when it knows its public address', async () => {
  const other = await startService(testConfig({ PUBLIC_URL: 'https://consent.example/' }));
  try {
    const reply = await upload(other, await makeCompany(other.ctx), { file: FILE });
    const { batch_id, status_url } = reply.body;
    expect(status_url).toBe(`https://consent.example/revocations/batches/${batch_id}`);
  } finally {
    await other.close();
  }
});

it.each([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
])('understands dry_run=%s', async (dry_run, expected) => {
  expect((await send({ file: FILE, fields: { dry_run } })).status).toBe(202);
  expect((await mine())[0]?.dry_run).toBe(expected);
});

it.each([
  ['dry_run', { dry_run: 'yes' }],
  ['dry_run', { dry_run: '' }],
  ['reason', { reason: 'x'.repeat(1_001) }],
  ['body', { reason: 'x'.repeat(10_000) }],
  ['body', { 'dry_run[a]': 'true' }],
  ['body', { ['n'.repeat(200)]: 'x' }],
])('refuses a wrong %s', async (path, fields) => {
  await expectRefused(await send({ file: FILE, fields }), 400, path);
  expect((await stored(service.ctx)).batches.filter((b) => b.state === 'receiving')).toEqual([]);
});
