import { runCsvBatch } from '../../../src/core/batches/run-csv-batch';
import { collections } from '../../helpers/collections';
import { DAY_MS } from '../../../src/lib/durations';
import { makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';
import { type Form, form, people, stored, upload } from './csv-scene';

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
const mine = () => collections(service.ctx).batches.find({ company_id: company.id }).toArray();
const run = (batchId: string) =>
  runCsvBatch({ ctx: service.ctx, batchId, signal: new AbortController().signal });

/** Refused, with the field named, and nothing left of it. */
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

test.each(['/revocations/csv', '/api/revocations/csv'])(
  'accepts a file at %s, and the worker revokes it',
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
    expect(days).toBe(service.ctx.config.uploadDays * DAY_MS);
    expect(await run(batch_id)).toBe('completed');
    const view = await service.get(status_url, { token: company.token });
    expect(view.body).toMatchObject({ state: 'completed', revoked: 3, rows_read: 3 });
    const { certificates } = collections(service.ctx);
    const revoked = await certificates.find({ 'opt_out.revoke': true }).toArray();
    expect(revoked.map(({ _id }) => _id)).toEqual(expect.arrayContaining(ids));
  },
);

test('hands out full links when it knows its public address', async () => {
  const other = await startService(testConfig({ PUBLIC_URL: 'https://consent.example/' }));
  try {
    const reply = await upload(other, await makeCompany(other.ctx), { file: FILE });
    const { batch_id, status_url } = reply.body;
    expect(status_url).toBe(`https://consent.example/revocations/batches/${batch_id}`);
  } finally {
    await other.close();
  }
});

test.each([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
])('understands dry_run=%s', async (dry_run, expected) => {
  expect((await send({ file: FILE, fields: { dry_run } })).status).toBe(202);
  expect((await mine())[0]?.dry_run).toBe(expected);
});

test.each([
  ['dry_run', { dry_run: 'yes' }],
  ['dry_run', { dry_run: '' }],
  ['dry_run', { dry_run: 'True' }],
  ['dryRun', { dryRun: 'true' }],
  ['preview', { preview: '1' }],
  ['DRY_RUN', { DRY_RUN: 'true', reason: 'x' }],
  ['reason', { reason: 'x'.repeat(1_001) }],
  ['channels', { channels: 'fax' }],
  ['channels', { channels: 'call,fax' }],
  ['channel', { channel: 'call' }],
  ['body', { reason: 'x'.repeat(10_000) }],
  ['body', { 'dry_run[a]': 'true' }],
  ['body', { ['n'.repeat(200)]: 'x' }],
])('refuses a wrong %s', async (path, fields) => {
  await expectRefused(await send({ file: FILE, fields }), 400, path);
  expect((await stored(service.ctx)).batches.filter((b) => b.state === 'receiving')).toEqual([]);
});

test.each([
  ['call', ['call']],
  ['Email; SMS', ['text', 'email']],
  ['text|call|email', undefined],
  ['', undefined],
])('understands channels=%s, and shows it', async (channels, expected) => {
  const { status, body } = await send({ file: FILE, fields: { channels } });
  expect(status).toBe(202);
  expect((await mine())[0]?.channels).toEqual(expected);
  const view = await service.get(body.status_url, { token: company.token });
  expect(view.body.channels).toEqual(expected ?? ['call', 'text', 'email']);
});

test('understands channels in several fields, and in a column, which goes before', async () => {
  const { emails } = await people(service.ctx, company, 2);
  const body = form({ file: `email,channels\n${emails[0]!},text\n${emails[1]!},\n` });
  for (const channel of ['email', 'call']) body.append('channels', channel);
  const { batch_id, status_url } = (await send(body)).body;
  expect(await run(batch_id)).toBe('completed');
  const view = await service.get(status_url, { token: company.token });
  expect(view.body).toMatchObject({ revoked: 2, partial_rows: 2, channels: ['call', 'email'] });
  for (const [email, channel, status] of [
    [emails[0], 'text', 403],
    [emails[0], 'call', 200],
    [emails[1], 'text', 200],
    [emails[1], 'email', 403],
  ]) {
    const [found] = (await service.get(`/certificates?email=${email}`, { token: company.token }))
      .body.certificates;
    const asked = { certificate_id: found.certificate_id, term: 'marketing', channel };
    const reply = await service.call('POST', '/verify/partial-match', {
      token: company.token,
      body: asked,
    });
    expect([email, channel, reply.status]).toEqual([email, channel, status]);
  }
});

test.each(['dry_run=true', 'dryRun=1', 'preview', 'company_id=c'])(
  'refuses ?%s, as nothing is read there',
  async (query) => {
    const name = query.split('=')[0] ?? '';
    await expectRefused(
      await send({ file: FILE }, { path: `/revocations/csv?${query}` }),
      400,
      name,
    );
  },
);

const multipart = (body: string) => ({
  body: body.replaceAll('\n', '\r\n'),
  headers: { 'content-type': 'multipart/form-data; boundary=b' },
});
const post = (body: string, headers: Record<string, string>) =>
  service.call('POST', '/revocations/csv', { body, token: company.token, headers });

test('says which field takes the file when there is none', async () => {
  await expectRefused(await send({ fields: { dry_run: 'true' } }), 400, 'file');
  await expectRefused(await send({ fields: { file: FILE } }), 400, 'file');
  const other = new FormData();
  other.append('csv', new Blob([FILE]), 'list.csv');
  await expectRefused(await send(other), 400, 'file');
  const two = form({ file: FILE });
  two.append('file', new Blob([FILE]), 'more.csv');
  await expectRefused(await send(two), 400, 'file');
  const { body, headers } = multipart('--b--\n');
  await expectRefused(await post(body, headers), 400, 'file');
});

test('refuses what is not multipart, and says what is expected', async () => {
  for (const type of ['application/json', 'text/csv', 'multipart/mixed; boundary=b']) {
    const reply = await post('{}', { 'content-type': type });
    await expectRefused(reply, 415);
    expect(reply.body.error).toBe('Content-Type must be multipart/form-data');
  }
  await expectRefused(await post('x', { 'content-type': 'multipart/form-data' }), 400, 'body');
});

test('keeps nothing of a body that ends half-way', async () => {
  const { body, headers } = multipart(
    '--b\nContent-Disposition: form-data; name="file"; filename="a.csv"\n\nemail\na@example.com\n',
  );
  await expectRefused(await post(body, headers), 400, 'body');
});

test.each([
  ['has no known header', 'name,city\nAnn,Bonn\n'],
  ['is empty', ''],
  ['is not text', Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 0, 0, 10])],
])('refuses a file that %s', async (_what, file) => {
  await expectRefused(await send({ file }), 400, 'file');
});

test('ignores forged names', async () => {
  const before = Object.keys(Object.prototype);
  const names = ['../../etc/passwd', 'a"; name="reason', '%00.csv', '__proto__', '=1+1.csv'];
  for (const filename of names) {
    expect((await send({ file: FILE, filename })).status).toBe(202);
  }
  for (const name of ['__proto__', 'constructor', '__proto__x']) {
    expect((await send({ file: FILE, fields: { [name]: '1' } })).status).toBe(400);
  }
  expect(Object.keys(Object.prototype)).toEqual(before);
  // The last part is kept as what the file is called, and names nothing of ours.
  const kept = JSON.stringify(await mine());
  for (const folder of ['../', '/etc']) expect(kept).not.toContain(folder);
});

test('accepts two files of one company at once', async () => {
  const two = await people(service.ctx, company, 2);
  const replies = await Promise.all(two.emails.map((email) => send({ file: `email\n${email}\n` })));
  expect(replies.map(({ status }) => status)).toEqual([202, 202]);
  const ids = replies.map(({ body }) => body.batch_id as string);
  expect(await Promise.all(ids.map(run))).toEqual(['completed', 'completed']);
  expect((await mine()).map(({ revoked }) => revoked)).toEqual([1, 1]);
});

test('checks company_id like every call with a token', async () => {
  const fields = { company_id: 'comp-other' };
  await expectRefused(await send({ file: FILE, fields }), 403);
  expect((await send({ file: FILE, fields: { company_id: company.id } })).status).toBe(202);
});

describe('under an Idempotency-Key', () => {
  const keyed = (body: Form, key: string) => send(body, { headers: { 'idempotency-key': key } });

  test('accepts a file once, whatever it is called', async () => {
    const first = await keyed({ file: FILE }, 'k1');
    const again = await keyed({ file: FILE, filename: 'other.csv' }, 'k1');
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.body).toEqual(first.body);
    expect(await mine()).toHaveLength(1);
  });

  test('refuses another file, other fields with 422, and removes them', async () => {
    const before = await stored(service.ctx);
    expect((await keyed({ file: FILE }, 'k2')).status).toBe(202);
    const others: Form[] = [
      { file: `${FILE}b@example.com\n` },
      { file: FILE, fields: { dry_run: 'true' } },
      { file: FILE, fields: { reason: 'another' } },
      { file: FILE, fields: { channels: 'call' } },
    ];
    for (const other of others) {
      expect((await keyed(other, 'k2')).status).toBe(422);
    }
    expect(await mine()).toHaveLength(1);
    // One file: its record and its only chunk.
    expect((await stored(service.ctx)).chunks).toBe(before.chunks + 2);
  });

  test('takes all channels for what it is to name none', async () => {
    const first = await keyed({ file: FILE }, 'k4');
    const again = await keyed({ file: FILE, fields: { channels: 'text,email,call' } }, 'k4');
    expect(again.body).toEqual(first.body);
  });

  test('makes one batch when the same file arrives five times at once', async () => {
    const replies = await Promise.all(Array.from({ length: 5 }, () => keyed({ file: FILE }, 'k3')));
    for (const { status } of replies) expect([202, 409]).toContain(status);
    const ids = replies.flatMap(({ status, body }) => (status === 202 ? [body.batch_id] : []));
    expect(new Set(ids).size).toBe(1);
    expect(await mine()).toHaveLength(1);
  });

  test('refuses a key that is too long before it reads the file', async () => {
    const reply = await keyed({ file: FILE }, 'k'.repeat(201));
    await expectRefused(reply, 400, 'Idempotency-Key');
  });
});
