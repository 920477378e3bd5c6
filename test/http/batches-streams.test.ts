import { type Service, startService } from '../helpers/service';
import { until } from '../helpers/until';
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

let service: Service;
let scene: BatchesScene;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  scene = await openScene(service);
});
afterEach(() => jest.restoreAllMocks());

const FILE = 'email\na@example.com\nb@example.com\n';

interface Events {
  response: Response;
  /** The objects so far. */
  seen: { state: string; rows_read: number }[];
  ids: string[];
  end: Promise<void>;
  leave: () => void;
}

/** Follows a batch as an EventSource does. */
async function follow(
  { service, company }: BatchesScene,
  id: string,
  lastEventId?: string,
): Promise<Events> {
  const leave = new AbortController();
  const response = await fetch(`${service.url}/api/revocations/batches/${id}/events`, {
    headers: {
      authorization: `Bearer ${company.token}`,
      ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
    },
    signal: leave.signal,
  });
  const events: Events = { response, seen: [], ids: [], end: read(), leave: () => leave.abort() };
  events.end.catch(() => undefined);
  return events;

  async function read(): Promise<void> {
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const data = /^data: (.*)$/m.exec(block)?.[1];
        if (data === undefined) continue;
        events.seen.push(JSON.parse(data) as Events['seen'][number]);
        events.ids.push(/^id: (.*)$/m.exec(block)?.[1] ?? '');
      }
    }
  }
}

describe('events', () => {
  it('come at once, go on while nothing happens, and end with the batch', async () => {
    const id = await uploaded(scene, FILE);
    const events = await follow(scene, id);
    expect(events.response.headers.get('content-type')).toBe('text/event-stream');
    expect(events.response.headers.get('cache-control')).toBe('no-cache, no-transform');
    expect(events.response.headers.get('x-accel-buffering')).toBe('no');
    await until('a second event', () => events.seen.length >= 2);
    expect(events.seen[0]).toEqual((await get(scene, `/${id}`)).body);
    await run(scene, id);
    await events.end;
    expect(events.seen.at(-1)).toEqual((await get(scene, `/${id}`)).body);
    expect(events.seen.at(-1)).toMatchObject({ state: 'completed', rows_read: 2 });
  });

  it('tell an EventSource that has seen the end to stop, and one that has not the end', async () => {
    const id = await previewed(scene, FILE);
    const first = await follow(scene, id);
    await first.end;
    expect(first.seen.map(({ state }) => state)).toEqual(['previewed']);
    const again = await follow(scene, id, first.ids.at(-1));
    expect(again.response.status).toBe(204);
    const late = await follow(scene, id, '0-queued-open-0-0');
    await late.end;
    expect(late.seen.map(({ state }) => state)).toEqual(['previewed']);
    await post(scene, `/${id}/commit`);
    const resumed = await follow(scene, id, first.ids.at(-1));
    expect(resumed.response.status).toBe(200);
    resumed.leave();
  });

  it('go on for a cancelled batch until its audit is done', async () => {
    const id = await uploaded(scene, FILE);
    await post(scene, `/${id}/cancel`);
    const events = await follow(scene, id);
    await until('an event', () => events.seen.length >= 2);
    expect(events.seen[0]?.state).toBe('cancelled');
    await run(scene, id);
    await events.end;
  });

  it('cost nothing any more once the caller has gone', async () => {
    const id = await uploaded(scene, FILE);
    const looks = jest.spyOn(service.ctx.store.batches, 'findOf');
    const gone = await follow(scene, id);
    await until('an event', () => gone.seen.length > 0);
    gone.leave();
    const other = await follow(scene, await uploaded(scene, FILE));
    const before = looks.mock.calls.filter(([, batch]) => batch === id).length;
    await until('four looks at another batch', () => other.seen.length >= 4);
    other.leave();
    const after = looks.mock.calls.filter(([, batch]) => batch === id).length;
    expect(after - before).toBeLessThanOrEqual(1);
  });

  it('end when the process is told to stop', async () => {
    const stopping = await startService();
    try {
      const its = await openScene(stopping);
      const events = await follow(its, await uploaded(its, FILE));
      await until('an event', () => events.seen.length > 0);
      stopping.drain();
      await events.end;
    } finally {
      await stopping.close();
    }
  });

  it('break off when the database fails, and the service lives on', async () => {
    const id = await uploaded(scene, FILE);
    const events = await follow(scene, id);
    await until('an event', () => events.seen.length > 0);
    jest.spyOn(service.ctx.store.batches, 'findOf').mockRejectedValue(new Error('gone'));
    await expect(events.end).rejects.toThrow();
    jest.restoreAllMocks();
    expect((await get(scene, `/${id}`)).status).toBe(200);
  });
});

describe('errors.csv', () => {
  const HEADER = 'line,column,value,reason\n';

  it('has every row that was not revoked', async () => {
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

  it('has only its header when everything was revoked, or nothing has been read', async () => {
    const id = await uploaded(scene, FILE);
    expect((await get(scene, `/${id}/errors.csv`)).body).toBe(HEADER);
  });

  it('cannot start a formula, in the value or the column', async () => {
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

  it('comes in the order of the file, whatever its length', async () => {
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

  it('has gone with the uploaded file', async () => {
    const id = await previewed(scene, FILE);
    await change(scene, id, { upload_expires_at: null });
    const reply = await get(scene, `/${id}/errors.csv`);
    expect([reply.status, reply.body.error]).toEqual([410, 'The uploaded file has been deleted']);
  });

  it('is there for a list, which has no file', async () => {
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
