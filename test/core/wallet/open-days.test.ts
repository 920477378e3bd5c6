import { firstSteps } from '../../../src/core/activity/first-steps';
import { overview } from '../../../src/core/activity/overview';
import { dailySpend } from '../../../src/core/wallet/daily-spend';
import { pageAfter, emptyLane, COUNTER } from '../../../src/core/wallet/lanes';
import { makeStatements } from '../../../src/core/wallet/make-statements';
import { openDays } from '../../../src/core/wallet/open-days';
import type { Context } from '../../../src/context';
import { openContext } from '../../helpers/context';
import { DAY_MS, MINUTE_MS } from '../../../src/lib/durations';
import { openConnection } from '../../../src/store/connection';
import { ledgerStore } from '../../../src/store/ledger';
import { ledgerLineStore } from '../../../src/store/ledger-lines';
import { headOf, ledgerPageStore } from '../../../src/store/ledger-pages';
import { collections } from '../../helpers/collections';
import { CALLER } from '../../helpers/company';
import { ensureIndexes } from '../../helpers/indexes';
import { testConfig } from '../../helpers/settings';
import { daysAgo, makeOldCompany, moveMoney, today } from './ledger-scene';

/** More than can be added up in a millisecond. */
const PAGES = 3_000;
const PRICE = 15_000;

let ctx: Context;
let close: () => Promise<void>;
let passed = 0;
let isHurried = true;

/** Reads the ledger for at most a millisecond while `isHurried`, by a clock that the tests move. */
let hurried: Context;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'worker'));
  await ensureIndexes(ctx);
  const connection = await openConnection(ctx.config.mongodbUri, {
    operationTimeoutMs: 10_000,
    maxTimeMs: 1,
  });
  const ledger = ledgerStore(ledgerPageStore(connection), ledgerLineStore(connection));
  const store = { ...ctx.store, ledger };
  const now = () => new Date(ctx.now().getTime() + passed);
  hurried = Object.create(ctx, {
    store: { get: () => (isHurried ? store : ctx.store) },
    now: { value: now },
  }) as Context;
  const closeContext = close;
  close = async () => {
    await connection.close();
    await closeContext();
  };
});
beforeEach(async () => {
  isHurried = true;
  await collections(ctx).companies.deleteMany();
});
afterAll(() => close());

/** A day's checks, each on a page of its own. */
async function manyChecks(companyId: string, at: Date): Promise<void> {
  const line = { kind: 'check_match', amount_microusd: -PRICE, ...CALLER } as const;
  let head = emptyLane(COUNTER);
  const [first] =
    (
      await ctx.store.transaction((session) =>
        ctx.store.ledgerPages.heads([companyId], [COUNTER], session),
      )
    ).get(companyId) ?? [];
  head = first ?? head;
  const pages = Array.from({ length: PAGES }, () => {
    const page = pageAfter(head, companyId, { lines: [{ ...line, certificate_refs: [null] }] }, at);
    head = headOf(page);
    return page;
  });
  await collections(ctx).ledgerPages.insertMany(pages);
}

test('days that are too much to add up are missing, and said to be, until they have a statement', async () => {
  const companyId = await makeOldCompany(ctx, 2);
  await moveMoney(ctx, companyId, 'check_match', -PRICE, daysAgo(1));
  const signal = new AbortController().signal;
  await makeStatements({ ctx, signal, now: today(2) });
  await manyChecks(companyId, daysAgo(0));
  const look = (now: Date) => overview({ ctx: hurried, companyId, days: 2, now });
  expect(await look(today(15))).toMatchObject({
    missingFrom: '2026-01-10',
    checks: { now: 1 },
    spent: { now: PRICE },
  });
  const spend = await dailySpend({ ctx: hurried, companyId, days: 2, now: today(15) });
  expect(spend).toEqual({
    days: [
      { day: '2026-01-09', spent_microusd: PRICE },
      { day: '2026-01-10', spent_microusd: 0 },
    ],
    missingFrom: '2026-01-10',
  });
  isHurried = false;
  const nextDay = new Date(today(15).getTime() + DAY_MS);
  await makeStatements({ ctx, signal, now: nextDay });
  expect(await look(nextDay)).toMatchObject({ missingFrom: null, checks: { now: PAGES } });
});

test('what was slow is asked for again after a minute, what was not at once', async () => {
  const companyId = await makeOldCompany(ctx, 1);
  const from = new Date(0);
  await manyChecks(companyId, daysAgo(0));
  const look = (by: Context) => openDays({ ctx: by, companyId, from });
  expect(await look(hurried)).toBeNull();
  isHurried = false;
  await collections(ctx).ledgerPages.deleteMany({ company_id: companyId });
  expect(await look(hurried)).toBeNull();
  passed += MINUTE_MS;
  expect(await look(hurried)).toEqual([]);
  await moveMoney(ctx, companyId, 'check_match', -PRICE, daysAgo(0));
  expect(await look(hurried)).toMatchObject([{ kind: 'check_match', lines: 1 }]);
});

test('the first check is done where there are too many', async () => {
  const companyId = await makeOldCompany(ctx, 0);
  await manyChecks(companyId, daysAgo(0));
  const found = await firstSteps({ ctx: hurried, companyId });
  expect(found?.steps.find(({ step }) => step === 'check')).toEqual({ step: 'check', done: true });
});
