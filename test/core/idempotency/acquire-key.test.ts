import type { Context } from '../../../src/context';
import { acquireKey } from '../../../src/core/idempotency/acquire-key';
import { completeKey } from '../../../src/core/idempotency/complete-key';
import { releaseKey } from '../../../src/core/idempotency/hold-key';
import { openContext } from '../../helpers/context';
import { AppError } from '../../../src/errors';
import { DAY_MS } from '../../../src/lib/durations';
import { collections } from '../../helpers/collections';
import { testConfig } from '../../helpers/settings';
import { ensureIndexes } from '../../helpers/indexes';

let ctx: Context;
let close: () => Promise<void>;
let key: string;
let keys = 0;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'web'));
  await ensureIndexes(ctx);
});
beforeEach(() => {
  key = `key-${String(++keys)}`;
});
afterEach(() => jest.restoreAllMocks());
afterAll(() => close());

const acquire = (request: unknown = 'a', scope = 'comp-1 post /verify') =>
  acquireKey({ ctx, scope, key, request });

/** Acquires the key, which has to be free. */
async function hold(request?: unknown, scope?: string) {
  const acquired = await acquire(request, scope);
  if (!('heldKey' in acquired)) throw new Error('the key is answered already');
  return acquired.heldKey;
}

const stored = (id: string) => collections(ctx).idempotency.findOne({ _id: id });
const change = (id: string, fields: object) =>
  collections(ctx).idempotency.updateOne({ _id: id }, { $set: fields });
const leaseOver = (id: string) => change(id, { lease_until: new Date(0) });
const ANSWER = { status: 200, body: '{"a":1}' };

/** Lets two callers of `find` see the same record before either goes on. */
function meetAtFind(): void {
  const { idempotency } = ctx.store;
  const find = idempotency.find.bind(idempotency);
  let seen = 0;
  let bothSaw: () => void;
  const both = new Promise<void>((resolve) => {
    bothSaw = resolve;
  });
  jest.spyOn(idempotency, 'find').mockImplementation(async (id) => {
    const record = await find(id);
    if (++seen === 2) bothSaw();
    await both;
    return record;
  });
}

test('a key is held by one, for the time of a lease, and kept for a day', async () => {
  const { id, lease, operationId } = await hold();
  const record = (await stored(id))!;
  expect(record).toMatchObject({ state: 'running', lease, operation_id: operationId });
  const left = record.lease_until.getTime() - Date.now();
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThanOrEqual(4_000);
  const kept = record.expires_at.getTime() - Date.now();
  expect(kept).toBeGreaterThan(DAY_MS - 60_000);
  expect(kept).toBeLessThanOrEqual(DAY_MS);
  await expect(acquire()).rejects.toMatchObject({
    code: 'idempotency_running',
    extra: { retryAfterSeconds: Math.ceil(left / 1_000) },
  });
});

test('what is stored of a request does not show it', async () => {
  const { id } = await hold({ email: 'jo@example.com' });
  expect(JSON.stringify(await stored(id))).not.toMatch(/example|key-\d/);
});

test('equal keys in different scopes never meet', async () => {
  const one = await hold('a', 'comp-1 post /verify');
  const other = await hold('b', 'comp-2 post /verify');
  expect(other.id).not.toBe(one.id);
  expect(other.operationId).not.toBe(one.operationId);
});

test('whoever takes over goes on with the same operation, under a lease of its own', async () => {
  const first = await hold();
  await leaseOver(first.id);
  const second = await hold();
  expect(second).toMatchObject({ id: first.id, operationId: first.operationId });
  expect(second.lease).not.toBe(first.lease);
  expect(((await stored(first.id))!.lease_until.getTime() - Date.now()) / 1_000).toBeGreaterThan(1);
});

test('of two that take over at once one holds the key, and the other is told when to come back', async () => {
  const first = await hold();
  await leaseOver(first.id);
  meetAtFind();
  const tries = await Promise.allSettled([acquire(), acquire()]);
  const refused = tries.flatMap((one) =>
    one.status === 'rejected' ? [one.reason as AppError] : [],
  );
  expect(refused).toMatchObject([{ code: 'idempotency_running', extra: { retryAfterSeconds: 4 } }]);
  const [held] = tries.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  expect(held).toMatchObject({ heldKey: { operationId: first.operationId } });
  expect(held).toMatchObject({ heldKey: { lease: (await stored(first.id))!.lease } });
});

test('nobody takes over from a holder who came back in the meantime', async () => {
  const first = await hold();
  await leaseOver(first.id);
  const { idempotency } = ctx.store;
  const find = idempotency.find.bind(idempotency);
  jest.spyOn(idempotency, 'find').mockImplementationOnce(async (id) => {
    const record = await find(id);
    await idempotency.renew(first.id, first.lease, 4_000);
    return record;
  });
  await expect(acquire()).rejects.toMatchObject({ code: 'idempotency_running' });
  expect((await stored(first.id))!.lease).toBe(first.lease);
});

test('after a day a key is free for anything, and another operation', async () => {
  const first = await hold();
  await completeKey({ ctx, heldKey: first, response: ANSWER });
  await change(first.id, { expires_at: new Date(Date.now() - 1) });
  const second = await hold('something else');
  expect(second.id).toBe(first.id);
  expect(second.operationId).not.toBe(first.operationId);
  expect(await stored(first.id)).toMatchObject({ state: 'running', response: null });
});

test('until then it stands for its request, and gives the first answer', async () => {
  const held = await hold();
  await expect(acquire('b')).rejects.toMatchObject({ code: 'idempotency_mismatch' });
  await completeKey({ ctx, heldKey: held, response: ANSWER });
  await expect(acquire('b')).rejects.toMatchObject({ code: 'idempotency_mismatch' });
  await change(held.id, { expires_at: new Date(Date.now() + 10_000) });
  expect(await acquire()).toEqual({ replay: ANSWER });
});

test.each([
  ['a refusal frees the key', new AppError('certificate_not_found'), false],
  ['after a failure of ours the operation goes on', new AppError('unavailable'), true],
  ['even where it cannot be tried again', new AppError('internal'), true],
  ['and after one that nobody expected', new Error('unexpected'), true],
])('%s', async (_, error, goesOn) => {
  const held = await hold();
  await releaseKey({ ctx, heldKey: held, error });
  expect(await stored(held.id)).toEqual(
    goesOn ? expect.objectContaining({ lease: held.lease }) : null,
  );
  const next = await hold(goesOn ? 'a' : 'something else');
  expect(next.operationId === held.operationId).toBe(goesOn);
});

test('a lease is over when nothing is left of it', async () => {
  const first = await hold();
  const { idempotency } = ctx.store;
  const find = idempotency.find.bind(idempotency);
  jest.spyOn(idempotency, 'find').mockImplementationOnce(async (id) => {
    const record = (await find(id))!;
    return { ...record, lease_left_ms: 0 };
  });
  expect(await hold()).toMatchObject({ operationId: first.operationId });
});

test('whoever holds the key stores its answer with the effect', async () => {
  const held = await hold();
  await ctx.store.transaction((session) =>
    completeKey({ ctx, heldKey: held, response: ANSWER, session }),
  );
  expect(await acquire()).toEqual({ replay: ANSWER });
});

test('a key that was released between insert and read is free at once', async () => {
  const held = await hold();
  const { idempotency } = ctx.store;
  jest.spyOn(idempotency, 'find').mockImplementationOnce(async () => {
    await idempotency.remove(held.id, held.lease);
    return null;
  });
  await expect(acquire()).rejects.toMatchObject({
    code: 'idempotency_running',
    extra: { retryAfterSeconds: 1 },
  });
  await hold();
});

describe('a holder whose lease has passed to another', () => {
  test('cannot renew, complete, release or remove', async () => {
    const late = await hold();
    await leaseOver(late.id);
    const held = await hold();
    const before = await stored(held.id);
    await ctx.store.idempotency.renew(late.id, late.lease, 60_000);
    await completeKey({ ctx, heldKey: late, response: ANSWER });
    await releaseKey({ ctx, heldKey: late, error: new Error('late') });
    await releaseKey({ ctx, heldKey: late, error: new AppError('opted_out') });
    expect(await stored(held.id)).toEqual(before);
  });

  test('cannot let its effect stand', async () => {
    const late = await hold();
    await leaseOver(late.id);
    await hold();
    const work = ctx.store.transaction(async (session) => {
      await completeKey({ ctx, heldKey: late, response: ANSWER, session });
    });
    await expect(work).rejects.toMatchObject({ code: 'unavailable' });
  });
});
