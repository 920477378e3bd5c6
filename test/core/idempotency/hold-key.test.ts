import type { Context } from '../../../src/context';
import { acquireKey } from '../../../src/core/idempotency/acquire-key';
import { type HeldKey, KEY_LEASE_MS, whileHeld } from '../../../src/core/idempotency/hold-key';
import { openContext } from '../../helpers/context';
import { AppError } from '../../../src/errors';
import { collections } from '../../helpers/collections';
import { testConfig } from '../../helpers/settings';
import { until } from '../../helpers/until';
import { ensureIndexes } from '../../helpers/indexes';

let ctx: Context;
let close: () => Promise<void>;
let heldKey: HeldKey;
let keys = 0;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'web'));
  await ensureIndexes(ctx);
});
beforeEach(async () => {
  const asked = { ctx, scope: 'comp-1 post /verify', key: String(++keys), request: 'a' };
  const acquired = await acquireKey(asked);
  if (!('heldKey' in acquired)) throw new Error('the key is answered already');
  ({ heldKey } = acquired);
});
afterEach(() => jest.restoreAllMocks());
afterAll(() => close());

const record = () => collections(ctx).idempotency.findOne({ _id: heldKey.id });
const isFree = async () => (await record()) === null;
const mayBeTakenOver = async () => (await record())?.lease_until.getTime() === 0;
const under = (work: () => Promise<unknown>) => whileHeld({ ctx, heldKey, work });
const away = () => Object.assign(new Error('gone'), { name: 'MongoNetworkError' });

test('the work’s result is handed on, and its key stays held', async () => {
  const before = await record();
  expect(await under(() => Promise.resolve('done'))).toBe('done');
  expect(await record()).toEqual(before);
});

test('the lease is renewed for as long as the work takes, and no longer', async () => {
  const renew = jest.spyOn(ctx.store.idempotency, 'renew');
  const first = (await record())!.lease_until.getTime();
  await under(() =>
    until('two renewals', async () => {
      const lease = (await record())!.lease_until.getTime();
      return renew.mock.calls.length >= 2 && lease > first;
    }),
  );
  expect(renew).toHaveBeenCalledWith(heldKey.id, heldKey.lease, KEY_LEASE_MS);
  const made = renew.mock.calls.length;
  // Another key's renewals show that the time for one of this has passed.
  const other = { ...heldKey, id: 'another' };
  const work = () => until('renewals of another', () => renew.mock.calls.length >= made + 2);
  await whileHeld({ ctx, heldKey: other, work });
  expect(renew.mock.calls.slice(made).map(([id]) => id)).not.toContain(heldKey.id);
});

test('a lease that cannot be renewed does not end the work', async () => {
  const renew = jest.spyOn(ctx.store.idempotency, 'renew').mockRejectedValue(away());
  const work = () => until('a renewal', () => renew.mock.calls.length >= 1 && 'done');
  expect(await under(work)).toBe('done');
});

test.each([
  ['a refusal', new AppError('opted_out'), isFree],
  ['what is our fault', new AppError('unavailable'), mayBeTakenOver],
  ['anything else', new Error('unexpected'), mayBeTakenOver],
])('after %s the error is handed on, and the key given back', async (_, error, isGivenBack) => {
  await expect(under(() => Promise.reject(error))).rejects.toBe(error);
  expect(await isGivenBack()).toBe(true);
});

test.each([
  ['remove', new AppError('opted_out'), isFree],
  ['release', new AppError('unavailable'), mayBeTakenOver],
] as const)(
  'where it cannot be given back (%s), the caller does not wait, and it is tried again',
  async (way, error, isGivenBack) => {
    const tries = jest.spyOn(ctx.store.idempotency, way);
    tries.mockRejectedValueOnce(away()).mockRejectedValueOnce(away());
    await expect(under(() => Promise.reject(error))).rejects.toBe(error);
    expect(await isGivenBack()).toBe(false);
    expect(tries).toHaveBeenCalledTimes(1);
    await until('the third try', isGivenBack);
    expect(tries).toHaveBeenCalledTimes(3);
  },
);

test('a key that was perhaps written is given back, too', async () => {
  const { idempotency } = ctx.store;
  const insert = idempotency.insert.bind(idempotency);
  let id = '';
  jest.spyOn(idempotency, 'insert').mockImplementationOnce(async (written, leaseMs) => {
    await insert(written, leaseMs);
    id = written._id;
    throw away();
  });
  const asked = { ctx, scope: 'comp-1 post /verify', key: 'perhaps', request: 'a' };
  await expect(acquireKey(asked)).rejects.toThrow('gone');
  const gone = async () => (await collections(ctx).idempotency.findOne({ _id: id })) === null;
  await until('the key is free', gone);
});
