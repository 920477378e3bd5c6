import { batchHistory } from '../../../src/core/batches/batch-history';
import { cancelBatch } from '../../../src/core/batches/cancel-batch';
import { countTroubledBatches, listAllBatches } from '../../../src/core/batches/list-all-batches';
import { newBatch } from '../../../src/core/batches/new-batch';
import { retryBatch } from '../../../src/core/batches/retry-batch';
import type { Context } from '../../../src/context';
import { openContext } from '../../helpers/context';
import type { Batch } from '../../../src/store/batches';
import { collections } from '../../helpers/collections';
import { CALLER } from '../../helpers/company';
import { ensureIndexes } from '../../helpers/indexes';
import { testConfig } from '../../helpers/settings';

let ctx: Context;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'worker'));
  await ensureIndexes(ctx);
});
beforeEach(() => collections(ctx).batches.deleteMany({}));
afterAll(() => close());

const DAY = 24 * 60 * 60_000;
const UPLOAD = {
  file_id: 'f',
  bytes: 10,
  sha256: '',
  encoding: 'utf-8',
  delimiter: ',',
  columns: [],
  data: { offset: 0, line: 2 },
} satisfies Batch['upload'];
const at = (day: number) => new Date(Date.UTC(2026, 0, 1) + day * DAY);
const insert = (id: string, day: number, change: Partial<Batch> = {}) =>
  ctx.store.batches.insert(
    newBatch({
      _id: id,
      company_id: 'comp-1',
      method: 'csv',
      caller: { actor: { type: 'user', id: 'usr_1' }, ip: null },
      state: 'completed',
      open: false,
      created_at: at(day),
      ...change,
    }),
  );
type Asked = Parameters<typeof listAllBatches>[0]['filter'];
const ids = async (filter: Asked = {}) =>
  (await listAllBatches({ ctx, filter, limit: 50 })).batches.map(({ batch_id }) => batch_id);

describe('batches of all companies', () => {
  test('are listed newest first, page by page in both directions', async () => {
    for (let day = 0; day < 7; day++) await insert(`bat_${day}`, day);
    // At the same moment: the id decides.
    await insert('bat_6b', 6);
    const page = (cursor?: string | null) =>
      listAllBatches({ ctx, filter: {}, limit: 3, cursor: cursor ?? undefined });
    const names = ({ batches }: Awaited<ReturnType<typeof page>>) =>
      batches.map(({ batch_id }) => batch_id.slice(4)).join();
    const first = await page();
    const second = await page(first.next_cursor);
    const third = await page(second.next_cursor);
    expect([names(first), names(second), names(third)]).toEqual(['6b,6,5', '4,3,2', '1,0']);
    expect([first.previous_cursor, third.next_cursor]).toEqual([null, null]);
    expect(names(await page(third.previous_cursor))).toBe('4,3,2');
    const back = await page(second.previous_cursor);
    expect([names(back), back.previous_cursor]).toEqual(['6b,6,5', null]);
    await expect(page('nonsense')).rejects.toMatchObject({ code: 'invalid_request' });
  });

  test('are filtered by state, company, who started them and days, alone and together', async () => {
    await insert('bat_1', 1, { state: 'failed' });
    await insert('bat_2', 2, { company_id: 'comp-2', actor: { type: 'token', id: 'tok_1' } });
    await insert('bat_3', 3, { company_id: 'comp-2', state: 'failed' });
    await insert('bat_4', 4, { state: 'receiving' });
    await insert('bat_5', 5, {
      state: 'revoking',
      open: true,
      actor: { type: 'user', id: 'usr_2' },
    });
    await insert('bat_6', 6, { state: 'cancelled', open: true, requested_at: ctx.now() });
    expect(await ids()).toEqual(['bat_6', 'bat_5', 'bat_3', 'bat_2', 'bat_1']);
    expect(await ids({ state: 'failed' })).toEqual(['bat_3', 'bat_1']);
    expect(await ids({ companyId: 'comp-2' })).toEqual(['bat_3', 'bat_2']);
    expect(await ids({ companyId: 'comp-2', state: 'failed' })).toEqual(['bat_3']);
    expect(await ids({ state: 'open' })).toEqual(['bat_6', 'bat_5']);
    expect(await ids({ state: 'open', companyId: 'comp-2' })).toEqual([]);
    expect(await ids({ state: 'stuck' })).toEqual(['bat_5']);
    expect(await ids({ actor: 'token' })).toEqual(['bat_2']);
    expect(await ids({ actor: 'user:usr_2' })).toEqual(['bat_5']);
    expect(await ids({ actor: 'user:usr_1', state: 'failed' })).toEqual(['bat_3', 'bat_1']);
    expect(await ids({ actor: 'token:usr_1' })).toEqual([]);
    expect(await ids({ from: at(2), to: at(4) })).toEqual(['bat_3', 'bat_2']);
    expect(await countTroubledBatches({ ctx })).toEqual({ failed: 2, stuck: 1 });
  });

  test('that a worker holds are not stuck', async () => {
    await insert('bat_1', 1, { state: 'revoking', open: true, lease_until: ctx.now() });
    expect([await ids({ state: 'open' }), await ids({ state: 'stuck' })]).toEqual([['bat_1'], []]);
  });

  test('are never sorted in memory: an index has each list in its order', async () => {
    for (let day = 0; day < 5; day++) await insert(`bat_${day}`, day);
    const db = collections(ctx).batches;
    const seen = jest.spyOn(Object.getPrototypeOf(db) as typeof db, 'find');
    const filters: Asked[] = [
      ...[{}, { state: 'failed' }, { state: 'stuck' }, { companyId: 'comp-1' }],
      ...[{ companyId: 'comp-1', state: 'failed' }, { actor: 'user' }, { actor: 'user:usr_1' }],
    ] as Asked[];
    for (const filter of filters) await ids(filter);
    const asked = seen.mock.calls.map(([query, options]) => ({ query, options }));
    seen.mockRestore();
    expect(asked).toHaveLength(filters.length);
    for (const { query, options } of asked) {
      expect(options).toMatchObject({ maxTimeMS: expect.any(Number) });
      const found = db.find(query as object, options as object).sort({ created_at: -1, _id: -1 });
      const plan = JSON.stringify(await found.explain('queryPlanner'));
      expect(plan).toContain('"IXSCAN"');
      expect(plan).not.toMatch(/"stage":"(SORT|COLLSCAN)"/);
    }
  });
});

describe('the time line of a batch', () => {
  const history = async (id: string) => {
    const { events, ...rest } = await batchHistory({ ctx, batchId: id });
    return { ...rest, kinds: events.map(({ kind }) => kind), events };
  };

  test('says which worker’s lease was lost, where it stood, and which was given back', async () => {
    await insert('bat_1', 1, { state: 'queued', open: true });
    const { batches } = ctx.store;
    const dead = (await batches.lease('bat_1', 10_000))!;
    await batches.progress('bat_1', dead.fence, { add: { rows_read: 500 }, leaseMs: 10_000 });
    expect((await history('bat_1')).kinds).toEqual(['accepted', 'lease_taken', 'checkpoint']);
    expect((await history('bat_1')).heldUntil).toEqual(expect.any(Date));
    await collections(ctx).batches.updateOne({ _id: 'bat_1' }, [
      { $set: { lease_until: { $subtract: ['$$NOW', 1] } } },
    ]);
    const next = (await batches.lease('bat_1', 10_000))!;
    await batches.release('bat_1', next.fence);
    const { kinds, events, heldUntil } = await history('bat_1');
    expect(kinds).toEqual([
      ...(['accepted', 'lease_taken', 'checkpoint', 'lease_lost'] as const),
      ...(['lease_taken', 'lease_given_back'] as const),
    ]);
    expect(heldUntil).toBeNull();
    expect(events.map(({ rows }) => rows)).toEqual([null, 0, 500, null, 500, null]);
  });

  test('keeps the newest 20 leases', async () => {
    await insert('bat_1', 1, { state: 'queued', open: true });
    for (let i = 0; i < 22; i++) {
      const { fence } = (await ctx.store.batches.lease('bat_1', 10_000))!;
      await ctx.store.batches.release('bat_1', fence);
    }
    const { leases = [] } = (await ctx.store.batches.find('bat_1'))!;
    expect([leases.length, leases[0]?.fence, leases.at(-1)?.fence]).toEqual([20, 3, 22]);
  });

  test('says who cancelled and resumed it, and why', async () => {
    await insert('bat_1', 1, {
      reason: 'Campaign 7',
      upload: UPLOAD,
      state: 'failed',
      error: 'internal',
      completed_at: at(2),
      upload_expires_at: new Date(Date.now() + DAY),
    });
    await insert('bat_2', 1);
    const by = { ctx, companyId: 'comp-1', caller: CALLER };
    const before = await history('bat_1');
    expect([before.canCancel, before.canResume]).toEqual([false, true]);
    await retryBatch({ ...by, batchId: 'bat_1', why: 'disk: full' });
    await cancelBatch({ ...by, batchId: 'bat_1' });
    const { events, canCancel, canResume } = await history('bat_1');
    expect(events).toMatchObject([
      { kind: 'accepted', by: 'user:usr_1', why: 'Campaign 7' },
      { kind: 'resumed', by: 'system:test', why: 'disk: full' },
      { kind: 'cancelled', by: 'system:test', why: null },
    ]);
    expect([canCancel, canResume]).toEqual([false, false]);
    expect((await history('bat_2')).kinds).toEqual(['accepted']);
  });

  test('exists for batches only', async () => {
    await insert('bat_1', 1, { state: 'receiving' });
    for (const id of ['bat_1', 'bat_none']) {
      await expect(history(id)).rejects.toMatchObject({ code: 'batch_not_found' });
    }
  });
});
