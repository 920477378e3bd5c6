import { type Service, startService } from '../../helpers/service';
import {
  type BatchesScene,
  change,
  get,
  openScene,
  post,
  previewed,
  run,
  uploaded,
} from './batches-scene';
import { people, upload } from './csv-scene';

let service: Service;
let scene: BatchesScene;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  scene = await openScene(service);
});

const FILE = 'email\na@example.com\nb@example.com\n';
const FIELDS = [
  ...[
    'batch_id',
    'file_name',
    'actor',
    'reason',
    'remembered',
    'channels',
    'partial_rows',
    'method',
    'state',
    'dry_run',
    'rows_read',
    'rows_total',
    'revoked',
  ],
  ...['already_revoked', 'not_found', 'invalid', 'duplicate', 'certificates_revoked'],
  ...['rows_per_second', 'seconds_left', 'created_at', 'flags_committed_at', 'completed_at'],
  ...['error', 'columns_used', 'columns_ignored', 'warnings'],
];

describe('a batch', () => {
  test('has exactly the fields of the contract', async () => {
    const { file } = await people(service.ctx, scene.company, 2);
    const id = await uploaded(scene, `${file}nobody@example.com\nnonsense\n`);
    const queued = await get(scene, `/${id}`);
    expect(Object.keys(queued.body).sort()).toEqual([...FIELDS].sort());
    expect(queued.body).toMatchObject({ state: 'queued', rows_read: 0, seconds_left: null });
    expect(queued.body.rows_total).toBeNull();
    await run(scene, id);
    const done = (await get(scene, `/${id}`)).body;
    expect(done).toMatchObject({ batch_id: id, method: 'csv', state: 'completed', error: null });
    expect(done).toMatchObject({ rows_read: 4, rows_total: 4, revoked: 2, not_found: 1 });
    expect(done).toMatchObject({ invalid: 1, certificates_revoked: 2, seconds_left: 0 });
    for (const at of ['created_at', 'flags_committed_at', 'completed_at']) {
      expect(new Date(done[at] as string).toISOString()).toBe(done[at]);
    }
  });

  test('says what its file is called, without folders, who sent it and why', async () => {
    const { company } = scene;
    const filename = `C:\\lists\\Opt-outs, Márz\u200b.csv`;
    const fields = { reason: 'By letter' };
    const { body } = await upload(service, company, { file: FILE, filename, fields });
    expect((await get(scene, `/${String(body.batch_id)}`)).body).toMatchObject({
      file_name: 'Opt-outs, Márz.csv',
      actor: expect.stringMatching(/^token:tok_/),
      reason: 'By letter',
    });
  });

  test('names the columns that it uses, and those that it does not', async () => {
    const id = await uploaded(scene, 'Name,E-mail 1 - Value,Primary Phone,Note\nx,a@x.io,1,y\n');
    expect((await get(scene, `/${id}`)).body).toMatchObject({
      columns_used: [
        { name: 'E-mail 1 - Value', kind: 'email' },
        { name: 'Primary Phone', kind: 'mobile' },
      ],
      columns_ignored: ['Name', 'Note'],
      warnings: [],
    });
  });

  test('warns where rows say that they are active, and where next to none matches', async () => {
    const { emails } = await people(service.ctx, scene.company, 2);
    const rows = (others: number, said: string) => [
      ...emails.map((email) => `${email},${said}`),
      ...Array.from({ length: others }, (_, i) => `nobody${String(i)}@example.com,gone`),
    ];
    const preview = async (lines: string[]) => {
      const file = ['email,Status', ...lines, ''].join('\n');
      const id = await uploaded(scene, file, { dry_run: 'true' });
      await run(scene, id);
      const { state, warnings } = (await get(scene, `/${id}`)).body;
      expect(state).toBe('previewed');
      return (warnings as { code: string; message: string }[]).map(
        ({ code, message }) => `${code} ${message}`,
      );
    };
    expect(await preview(rows(38, 'unsubscribed'))).toEqual([]);
    expect(await preview(rows(38, 'Active'))).toEqual([
      expect.stringMatching(
        /^active_rows In the column "Status" 2 rows say that consent is active/,
      ),
    ]);
    expect(await preview(rows(39, 'opted out'))).toEqual([
      expect.stringMatching(/^few_matches Only 2 of 41 rows match a certificate/),
    ]);
  });

  test('estimates rows and time from the bytes while it runs', async () => {
    const id = await uploaded(scene, FILE);
    const batch = await service.ctx.store.batches.find(id);
    const { upload } = batch ?? {};
    if (!upload) throw new Error('no upload');
    const quarter = upload.data.offset + (1_000 - upload.data.offset) / 4;
    await change(scene, id, {
      state: 'revoking',
      rows_read: 50,
      rows_per_second: 10,
      upload: { ...upload, bytes: 1_000 },
      position: { offset: quarter, line: 52 },
    });
    expect((await get(scene, `/${id}`)).body).toMatchObject({ rows_total: 200, seconds_left: 15 });
    await change(scene, id, { rows_total: 210 });
    expect((await get(scene, `/${id}`)).body).toMatchObject({ rows_total: 210, seconds_left: 16 });
    await change(scene, id, { rows_per_second: null });
    expect((await get(scene, `/${id}`)).body.seconds_left).toBeNull();
  });

  test('estimates how long recording will take', async () => {
    const id = await uploaded(scene, FILE);
    const recording = { state: 'recording' as const, certificates_revoked: 400 };
    const begun = new Date(Date.now() - 100_000);
    await change(scene, id, { ...recording, flags_committed_at: begun });
    expect((await get(scene, `/${id}`)).body.seconds_left).toBeNull();
    await change(scene, id, { certificates_recorded: 100 });
    const { seconds_left } = (await get(scene, `/${id}`)).body as { seconds_left: number };
    expect(seconds_left).toBeGreaterThanOrEqual(300);
    expect(seconds_left).toBeLessThan(600);
  });

  test('does not exist for another company, in any call', async () => {
    const id = await previewed(scene, FILE);
    const other = await openScene(service);
    for (const path of ['', '/events', '/errors.csv']) {
      const reply = await get(other, `/${id}${path}`);
      expect([reply.status, reply.body.error]).toEqual([404, 'Batch not found']);
    }
    for (const verb of ['commit', 'cancel', 'retry']) {
      expect((await post(other, `/${id}/${verb}`)).status).toBe(404);
      expect((await post(other, `/bat_none/${verb}`)).status).toBe(404);
    }
    expect((await get(scene, `/${id}`)).body.state).toBe('previewed');
    expect((await service.get(`/revocations/batches/${id}`)).status).toBe(401);
  });
});

test('lists batches newest first, in pages', async () => {
  const ids: string[] = [];
  for (let i = 0; i < 3; i++) ids.unshift(await uploaded(scene, FILE));
  await uploaded(await openScene(service), FILE);
  const first = await get(scene, '?limit=2');
  const rest = await get(scene, `?limit=2&cursor=${String(first.body.next_cursor)}`);
  const all = [...first.body.batches, ...rest.body.batches] as { batch_id: string }[];
  expect(all.map(({ batch_id }) => batch_id)).toEqual(ids);
  expect(rest.body.next_cursor).toBeNull();
  expect(Object.keys(all[0] ?? {}).sort()).toEqual([...FIELDS].sort());
  for (const query of ['?limit=0', '?limit=x', '?cursor=x']) {
    expect((await get(scene, query)).status).toBe(400);
  }
});
