import { runScrub } from '../../../src/core/batches/scrub/run-scrub';
import { removeUploads } from '../../../src/core/cleanup/remove-uploads';
import { sweepUploads } from '../../../src/core/cleanup/sweep-uploads';
import { collections } from '../../helpers/collections';
import { makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { auditOf } from './batches-scene';

let service: Service;
let company: TestCompany;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  company = await makeCompany(service.ctx);
});

const FILE = 'email\na@example.com\nbad\n';

async function send(file: string, fields: Record<string, string> = {}, headers = {}) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  form.set('file', new Blob([file]), 'leads.csv');
  const response = await fetch(`${service.url}/contact/scrubs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${company.token}`, ...headers },
    body: form,
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function accepted(file = FILE, fields: Record<string, string> = {}): Promise<string> {
  const { status, body } = await send(file, fields);
  expect(status).toBe(202);
  const id = body.scrub_id as string;
  expect(body).toEqual({ scrub_id: id, status_url: `/contact/scrubs/${id}` });
  return id;
}

const get = (path = '') => service.get(`/contact/scrubs${path}`, { token: company.token });
const post = (path: string, token = company.token) =>
  service.call('POST', `/contact/scrubs${path}`, { token });
const run = (batchId: string) =>
  runScrub({ ctx: service.ctx, batchId, signal: new AbortController().signal });

test('a file is uploaded, previewed, committed and fetched', async () => {
  const { id: certificate } = await makeCertificate(service.ctx, company, {
    email: 'a@example.com',
  });
  const id = await accepted(FILE, { channel: 'text' });
  expect((await get(`/${id}/result.csv`)).status).toBe(409);
  expect(await run(id)).toBe('previewed');
  const preview = await get(`/${id}`);
  expect(preview.body).toMatchObject({
    scrub_id: id,
    state: 'previewed',
    file_name: 'leads.csv',
    channel: 'text',
    consent_type: null,
    rows_read: 2,
    invalid: 1,
    price_microusd: 1_000,
    charged_microusd: 0,
  });
  expect((await post(`/${id}/commit`)).body).toMatchObject({ scrub_id: id });
  expect((await post(`/${id}/commit`)).status).toBe(409);
  expect(await run(id)).toBe('completed');
  const result = await get(`/${id}/result.csv`);
  expect(result.body).toMatch(
    new RegExp(
      `^email,allowed,reason,certificate_id,consent_opt_in\na@example.com,true,consented,${certificate},[^,]+Z\nbad,false,invalid,,\n$`,
    ),
  );
  expect((await get(`/${id}`)).body).toMatchObject({
    state: 'completed',
    charged_microusd: 1_000,
  });
  expect(await auditOf({ service, company }, 'scrub.committed')).toHaveLength(1);
  const events = await get(`/${id}/events`);
  expect(events.body).toContain('"state":"completed"');
});

test('wrong fields and files are refused by name', async () => {
  for (const [fields, path] of [
    [{ channel: 'fax' }, 'channel'],
    [{ dry_run: 'true' }, 'dry_run'],
  ] as const) {
    const { status, body } = await send(FILE, fields);
    expect(status).toBe(400);
    expect(JSON.stringify(body)).toContain(path);
  }
  const { body } = await send('certificate_id\nEC-1\n');
  expect(JSON.stringify(body)).toContain(
    'the header must name a column email, mobile, email_sha256 or mobile_sha256',
  );
  expect(await collections(service.ctx).batches.countDocuments({ company_id: company.id })).toBe(0);
});

test("lists do not mix, and another company's scrub is not found", async () => {
  const id = await accepted();
  const { body } = await get('?limit=1');
  expect(body).toMatchObject({ scrubs: [{ scrub_id: id }], next_cursor: null });
  const batches = await service.get('/revocations/batches', { token: company.token });
  expect(batches.body).toMatchObject({ batches: [] });
  const asBatch = await service.get(`/revocations/batches/${id}`, { token: company.token });
  expect(asBatch.status).toBe(404);
  const stranger = await makeCompany(service.ctx);
  for (const path of ['', '/events', '/result.csv']) {
    const seen = await service.get(`/contact/scrubs/${id}${path}`, { token: stranger.token });
    expect(seen).toMatchObject({ status: 404, body: { error: 'Scrub not found' } });
  }
  for (const verb of ['commit', 'cancel', 'retry']) {
    expect((await post(`/${id}/${verb}`, stranger.token)).status).toBe(404);
  }
});

test('the same upload under a key is one scrub', async () => {
  const headers = { 'idempotency-key': 'once' };
  const [first, second] = [await send(FILE, {}, headers), await send(FILE, {}, headers)];
  expect(second.body).toEqual(first.body);
  expect((await send(FILE, { channel: 'call' }, headers)).status).toBe(422);
});

test('file, result and file name go when their days are over', async () => {
  const { ctx } = service;
  const id = await accepted();
  await run(id);
  await post(`/${id}/commit`);
  await run(id);
  const past = new Date(Date.now() - 1_000);
  await collections(ctx).batches.updateOne({ _id: id }, { $set: { upload_expires_at: past } });
  await sweepUploads({ ctx, now: ctx.now(), signal: new AbortController().signal });
  const cleanup = await collections(ctx).cleanups.findOne({ company_id: company.id });
  await removeUploads({ ctx, cleanupId: cleanup!._id });
  expect((await get(`/${id}/result.csv`)).status).toBe(410);
  expect(await ctx.store.uploads.find(id)).toBeNull();
  expect(await ctx.store.uploads.find(`${id}.result`)).toBeNull();
  expect((await get(`/${id}`)).body).toMatchObject({ file_name: null, expires_at: null });
});
