import type { Context } from '../../../src/context';
import { commitChange } from '../../../src/core/idempotency/commit-change';
import { openContext } from '../../helpers/context';
import type { Session } from '../../../src/store';
import { collections } from '../../helpers/collections';
import { testConfig } from '../../helpers/settings';
import { ensureIndexes } from '../../helpers/indexes';

let ctx: Context;
let close: () => Promise<void>;
let ids = 0;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'web'));
  await ensureIndexes(ctx);
});
afterAll(() => close());

const newId = () => `comp-${String(++ids)}`;
const insert = (id: string) => async (session: Session) => {
  await ctx.store.ledgerPages.open(id, new Date(), session);
  return id;
};
const isThere = async (id: string) =>
  (await collections(ctx).ledgerPages.countDocuments({ company_id: id })) === 1;

test('a change and its completion are one transaction, and its result is handed on', async () => {
  const [id, later] = [newId(), newId()];
  const seen: string[] = [];
  const completion = async (session: Session, result: string) => {
    seen.push(result);
    await insert(later)(session);
  };
  expect(await commitChange({ ctx, change: insert(id), completion })).toBe(id);
  expect(seen).toEqual([id]);
  expect([await isThere(id), await isThere(later)]).toEqual([true, true]);
});

test('neither stands without the other', async () => {
  const id = newId();
  const lost = new Error('the lease is lost');
  const completion = () => Promise.reject(lost);
  await expect(commitChange({ ctx, change: insert(id), completion })).rejects.toBe(lost);
  expect(await isThere(id)).toBe(false);
  expect(await commitChange({ ctx, change: insert(id) })).toBe(id);
});

test('what is there already is refused as such', async () => {
  const id = newId();
  await commitChange({ ctx, change: insert(id) });
  const again = commitChange({ ctx, change: insert(id) });
  await expect(again).rejects.toMatchObject({ code: 'already_exists' });
});
