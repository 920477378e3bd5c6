import type { Context } from '../../../src/context';
import { makeStatements } from '../../../src/core/wallet/make-statements';
import { openContext } from '../../helpers/context';
import { collections } from '../../helpers/collections';
import { testConfig } from '../../helpers/settings';
import { ensureIndexes } from '../../helpers/indexes';
import { daysAgo, makeOldCompany, moveMoney, today } from './ledger-scene';

const { signal } = new AbortController();

let ctx: Context;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'worker'));
  await ensureIndexes(ctx);
});

// The job goes through all companies there are.
beforeEach(() => collections(ctx).companies.deleteMany());
beforeEach(() => collections(ctx).walletProofs.deleteMany());

afterAll(() => close());

const statements = (companyId: string) =>
  collections(ctx).statements.find({ company_id: companyId }).sort({ day: 1 }).toArray();

test('makes one for each day that ended an hour ago, opening as the one before closed', async () => {
  const id = await makeOldCompany(ctx, 2);
  await moveMoney(ctx, id, 'top_up', 1_000_000, daysAgo(2));
  await moveMoney(ctx, id, 'check_match', -15_000, daysAgo(2));
  await moveMoney(ctx, id, 'check_match', -15_000, daysAgo(2));
  await moveMoney(ctx, id, 'session_retention', -100_000, today(0));
  expect(await makeStatements({ ctx, signal, now: today(1) })).toBe('done');
  expect(await statements(id)).toMatchObject([
    {
      day: '2026-01-08',
      opening_microusd: 0,
      closing_microusd: 970_000,
      totals: [
        { kind: 'check_match', lines: 2, amount_microusd: -30_000 },
        { kind: 'top_up', lines: 1, amount_microusd: 1_000_000 },
      ],
    },
    { day: '2026-01-09', opening_microusd: 970_000, closing_microusd: 970_000, totals: [] },
  ]);
});

test('makes none for a day that ended less than an hour ago, and none twice', async () => {
  const id = await makeOldCompany(ctx, 1);
  const justBefore = new Date(today(1).getTime() - 1);
  expect(await makeStatements({ ctx, signal, now: justBefore })).toBe('already_done');
  expect(await makeStatements({ ctx, signal, now: today(1) })).toBe('done');
  const [made] = await statements(id);
  await moveMoney(ctx, id, 'top_up', 5, daysAgo(1));
  expect(await makeStatements({ ctx, signal, now: today(23) })).toBe('already_done');
  expect(await statements(id)).toEqual([made]);
});
