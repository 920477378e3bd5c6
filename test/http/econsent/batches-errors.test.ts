import { type Service, startService } from '../../helpers/service';
import { type BatchesScene, change, get, openScene, previewed, uploaded } from './batches-scene';

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

describe('errors.csv', () => {
  const HEADER = 'line,column,value,reason\n';

  test('has every row that was not revoked', async () => {
    const id = await previewed(scene, 'email,Mobile Number\na@example.com,\n,123\nb@x.example,\n');
    const reply = await get(scene, `/${id}/errors.csv`);
    expect(reply.status).toBe(200);
    expect(reply.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(reply.headers.get('content-disposition')).toBe('attachment; filename="errors.csv"');
    const lines = (reply.body as string).split('\n');
    expect(lines[0]).toBe(HEADER.trim());
    expect(lines.slice(1, -1).map((line) => line.split(',')[0])).toEqual(
      expect.arrayContaining(['2', '3', '4']),
    );
    expect(lines.find((line) => line.startsWith('3,'))).toContain('Mobile Number,123,');
  });

  test('has only its header when everything was revoked or nothing has been read yet', async () => {
    const id = await uploaded(scene, FILE);
    expect((await get(scene, `/${id}/errors.csv`)).body).toBe(HEADER);
  });

  test('cannot start a formula, in the value or the column', async () => {
    const id = await uploaded(scene, FILE);
    const starts = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];
    const errors = starts.map((start, i) => {
      const text = `${start}cmd"|'calc`;
      return { line: i + 2, column: text, value: text, reason: 'invalid' };
    });
    await addErrors(id, 1, errors);
    const body = (await get(scene, `/${id}/errors.csv`)).body as string;
    for (const start of starts) expect(body.split(`'${start}cmd`)).toHaveLength(3);
    expect(body).not.toMatch(/(^|,)"?[=+\-@\t\r＝＋－＠]/m);
  });

  test('keeps the order of the file, whatever its length', async () => {
    const id = await uploaded(scene, FILE);
    const page = (from: number) =>
      Array.from({ length: 2_000 }, (_, i) => {
        return { line: from + i, column: 'email', value: 'x'.repeat(100), reason: 'invalid' };
      });
    for (const from of [18_001, 2_001, 1]) await addErrors(id, from, page(from));
    const lines = ((await get(scene, `/${id}/errors.csv`)).body as string).trim().split('\n');
    const numbers = lines.slice(1).map((line) => Number(line.split(',')[0]));
    expect(numbers).toHaveLength(6_000);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  });

  test('is gone once the uploaded file is', async () => {
    const id = await previewed(scene, FILE);
    await change(scene, id, { upload_expires_at: null });
    const reply = await get(scene, `/${id}/errors.csv`);
    expect([reply.status, reply.body.error]).toEqual([410, 'The uploaded file has been deleted']);
  });

  test('exists for a list too, which has no file', async () => {
    const { token } = scene.company;
    const body = { certificate_ids: ['EC-none'] };
    const bulk = await service.post('/revocations/bulk', body, { token });
    const reply = await get(scene, `/${String(bulk.body.batch_id)}/errors.csv`);
    expect(reply.status).toBe(200);
    expect(reply.body).toContain('EC-none');
  });

  async function addErrors(
    id: string,
    firstRow: number,
    errors: { line: number; column: string; value: string; reason: string }[],
  ): Promise<void> {
    const { store } = service.ctx;
    await store.transaction((session) =>
      store.batchRows.addErrors({ batchId: id, run: 0, firstRow }, errors, session),
    );
  }
});
