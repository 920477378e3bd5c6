import type { Context } from '../../../src/context';
import { makeStatements } from '../../../src/core/wallet/make-statements';
import { monthStatement, statementMonths } from '../../../src/core/wallet/month-statement';
import { statementCsv } from '../../../src/core/wallet/statement-csv';
import { openContext } from '../../helpers/context';
import { collections } from '../../helpers/collections';
import { ensureIndexes } from '../../helpers/indexes';
import { testConfig } from '../../helpers/settings';
import { makeOldCompany, moveMoney } from './ledger-scene';

let ctx: Context;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'worker'));
  await ensureIndexes(ctx);
});
beforeEach(() => collections(ctx).companies.deleteMany());
afterAll(() => close());

const at = (day: string) => new Date(`${day}T13:00:00.000Z`);
const NOW = at('2026-01-10');
const statementOf = (companyId: string, month: string, now = NOW) =>
  monthStatement({ ctx, companyId, month, now });
const state = (now: Date) => makeStatements({ ctx, signal: new AbortController().signal, now });

/** A company of November 2025, with movements in November and January. */
async function makeHistory(): Promise<string> {
  const id = await makeOldCompany(ctx, 50);
  await moveMoney(ctx, id, 'top_up', 1_000_000, at('2025-11-21'));
  await moveMoney(ctx, id, 'check_match', -15_000, at('2025-11-21'));
  await moveMoney(ctx, id, 'check_match', -15_000, at('2026-01-02'));
  await moveMoney(ctx, id, 'check_match', -15_000, at('2026-01-02'));
  await moveMoney(ctx, id, 'session_retention', -100_000, at('2026-01-02'));
  await moveMoney(ctx, id, 'top_up', 500_000, at('2026-01-10'));
  return id;
}

test('tells of a month by day and kind, between its opening and its closing balance', async () => {
  const id = await makeHistory();
  expect(await statementOf(id, '2026-01')).toEqual({
    month: '2026-01',
    company: { company_id: id, name: 'Example Corp' },
    is_open: true,
    last_day: '2026-01-10',
    opening_microusd: 985_000,
    closing_microusd: 1_355_000,
    days: [
      {
        day: '2026-01-02',
        totals: [
          { kind: 'check_match', lines: 2, amount_microusd: -30_000 },
          { kind: 'session_retention', lines: 1, amount_microusd: -100_000 },
        ],
        closing_microusd: 855_000,
      },
      {
        day: '2026-01-10',
        totals: [{ kind: 'top_up', lines: 1, amount_microusd: 500_000 }],
        closing_microusd: 1_355_000,
      },
    ],
    totals: [
      { kind: 'check_match', lines: 2, amount_microusd: -30_000 },
      { kind: 'session_retention', lines: 1, amount_microusd: -100_000 },
      { kind: 'top_up', lines: 1, amount_microusd: 500_000 },
    ],
  });
});

test('is the same from statements, from the ledger, and from some of each', async () => {
  const id = await makeHistory();
  const months = ['2025-11', '2025-12', '2026-01'];
  const read = () => Promise.all(months.map((month) => statementOf(id, month)));
  const fromLedger = await read();
  for (const day of ['2025-11-25', '2025-12-31', '2026-01-03', '2026-01-10']) {
    await state(at(day));
    const partly = await read();
    expect(partly.map((one) => ({ ...one, is_open: null }))).toEqual(
      fromLedger.map((one) => ({ ...one, is_open: null })),
    );
  }
  expect((await read()).map((one) => one.is_open)).toEqual([false, false, true]);
});

test('a month without movements has a statement, too', async () => {
  const id = await makeHistory();
  await state(NOW);
  const december = await statementOf(id, '2025-12');
  expect(december).toMatchObject({ days: [], totals: [], opening_microusd: 985_000 });
  expect(statementCsv(december)).toBe(
    'date,entry,count,amount_usd,balance_usd\n' +
      '2025-12-01,opening_balance,,,0.985000\n' +
      '2025-12-31,closing_balance,,,0.985000\n',
  );
});

test('as CSV, its lines add up, and an open month says that it is', async () => {
  const id = await makeHistory();
  expect(statementCsv(await statementOf(id, '2026-01'))).toBe(
    'date,entry,count,amount_usd,balance_usd\n' +
      '2026-01-01,opening_balance,,,0.985000\n' +
      '2026-01-02,check_match,2,-0.030000,\n' +
      '2026-01-02,session_retention,1,-0.100000,0.855000\n' +
      '2026-01-10,top_up,1,0.500000,1.355000\n' +
      '2026-01-10,closing_balance_so_far,,,1.355000\n',
  );
});

test('there are statements from the company’s first month to this one', async () => {
  const id = await makeHistory();
  for (const month of ['2025-10', '2026-02', '2026-13', '2026-1', '../2026-01', '']) {
    await expect(statementOf(id, month)).rejects.toMatchObject({ code: 'statement_not_found' });
  }
  const createdAt = at('2025-11-21');
  expect(statementMonths({ createdAt, now: NOW })).toEqual(['2026-01', '2025-12', '2025-11']);
});
