import { collections } from '../../helpers/collections';
import { type Service, startService } from '../../helpers/service';
import { until } from '../../helpers/until';
import { type BatchesScene, get, openScene, post, previewed, run, uploaded } from './batches-scene';

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
  test('start at once, continue while nothing happens, and end with the batch', async () => {
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

  test('tell an EventSource that has seen the end to stop, and show the end to one that has not', async () => {
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

  test('continue for a cancelled batch until its audit is written', async () => {
    const id = await uploaded(scene, FILE);
    await post(scene, `/${id}/cancel`);
    const events = await follow(scene, id);
    await until('an event', () => events.seen.length >= 2);
    expect(events.seen[0]?.state).toBe('cancelled');
    await run(scene, id);
    await events.end;
  });

  test('cost nothing once the caller has disconnected', async () => {
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

  test.each(['revoked', 'expired'])('end within seconds when their token is %s', async (how) => {
    const id = await uploaded(scene, FILE);
    const events = await follow(scene, id);
    await until('two events', () => events.seen.length >= 2);
    const change = how === 'revoked' ? { revoked_at: new Date() } : { expires_at: new Date() };
    await collections(service.ctx).tokens.updateMany(
      { company_id: scene.company.id },
      { $set: change },
    );
    const before = events.seen.length;
    await events.end;
    expect(events.seen.length - before).toBeLessThanOrEqual(1);
    expect((await follow(scene, id)).response.status).toBe(401);
  });

  test('end when the process is told to stop', async () => {
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

  test('break off when the database fails, and the service carries on', async () => {
    const id = await uploaded(scene, FILE);
    const events = await follow(scene, id);
    await until('an event', () => events.seen.length > 0);
    jest.spyOn(service.ctx.store.batches, 'findOf').mockRejectedValue(new Error('gone'));
    await expect(events.end).rejects.toThrow();
    jest.restoreAllMocks();
    expect((await get(scene, `/${id}`)).status).toBe(200);
  });
});
