import { once } from 'node:events';
import type { Context } from '../../../src/context';
import { type Held, underLease } from '../../../src/core/leases/under-lease';
import { openContext } from '../../helpers/context';
import { collections } from '../../helpers/collections';
import { testConfig } from '../../helpers/settings';
import { ensureIndexes } from '../../helpers/indexes';

const LEASE_MS = 300;
const { signal } = new AbortController();

let ctx: Context;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'worker'));
  await ensureIndexes(ctx);
});
afterAll(() => close());

const under = <T>(name: string, work: (held: Held) => Promise<T>) =>
  underLease({ ctx, name, leaseMs: LEASE_MS, signal, work });

test('of many that want to do the same work, one does it at a time', async () => {
  const both = await Promise.all(
    Array.from({ length: 8 }, () => under('one', () => Promise.resolve('done'))),
  );
  expect(both).toContain('done');
  await under('one', async () => {
    expect(await under('one', () => Promise.resolve('done'))).toBeNull();
    expect(await under('other', () => Promise.resolve('done'))).toBe('done');
  });
  expect(await under('one', () => Promise.resolve('done'))).toBe('done');
});

test('work that throws gives the lease back', async () => {
  const failing = under('fails', () => Promise.reject(new Error('broken')));
  await expect(failing).rejects.toThrow('broken');
  expect(await under('fails', () => Promise.resolve('done'))).toBe('done');
});

test('a lease is renewed while the work goes on, and lapses when its holder dies', async () => {
  const lease = () => collections(ctx).leases.findOne({ _id: 'long' });
  await under('long', async () => {
    const first = (await lease())!.until;
    for (let now = first; now <= first; now = (await lease())!.until);
    expect(await under('long', () => Promise.resolve('done'))).toBeNull();
  });
  const until = new Date(Date.now() - 1);
  await collections(ctx).leases.updateOne({ _id: 'long' }, { $set: { holder: 'dead', until } });
  expect(await under('long', () => Promise.resolve('done'))).toBe('done');
});

test('a holder that has lost its lease is told, and moves nothing on', async () => {
  await under('stolen', async (held) => {
    await held.saveCursor('mine');
    const taken = { holder: 'another', until: new Date(Date.now() + 60_000) };
    await collections(ctx).leases.updateOne({ _id: 'stolen' }, { $set: taken });
    await held.saveCursor('late');
    if (!held.signal.aborted) await once(held.signal, 'abort');
  });
  expect(await collections(ctx).leases.findOne({ _id: 'stolen' })).toMatchObject({
    holder: 'another',
    cursor: 'mine',
  });
});

test('a lease that nobody renews is waited for, one that is renewed is not', async () => {
  const until = new Date(Date.now() + 300);
  await collections(ctx).leases.insertOne({ _id: 'dying', holder: 'dead', until, cursor: 'b' });
  expect(await under('dying', ({ cursor }) => Promise.resolve(cursor))).toBe('b');
  expect(Date.now()).toBeGreaterThanOrEqual(until.getTime());
  await under('living', async () => {
    expect(await under('living', () => Promise.resolve('done'))).toBeNull();
  });
});

test('a process that was paused for longer than its lease knows so before it goes on', async () => {
  await under('paused', async (held) => {
    const waking = once(held.signal, 'abort');
    // As SIGSTOP does: no timer, no answer, nothing.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * LEASE_MS);
    await Promise.race([waking, collections(ctx).leases.findOne({ _id: 'paused' })]);
    expect(held.signal.aborted).toBe(true);
  });
});

test('the next holder begins where the last one stopped', async () => {
  const cursors: (string | null)[] = [];
  for (const next of ['a', 'b', null]) {
    await under('resumed', async ({ cursor, saveCursor }) => {
      cursors.push(cursor);
      await saveCursor(next);
    });
  }
  expect(cursors).toEqual([null, 'a', 'b']);
});
