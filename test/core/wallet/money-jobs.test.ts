import type { Context } from '../../../src/context';
import { createContext } from '../../../src/create-context';
import type { LedgerKind } from '../../../src/store/ledger';
import { makeStatements } from '../../../src/core/wallet/make-statements';
import { reconcileWallets } from '../../../src/core/wallet/reconcile-wallets';
import { collections } from '../../helpers/collections';
import { CALLER, makeCompany } from '../../helpers/company';
import { testConfig } from '../../helpers/settings';

const { signal } = new AbortController();
const DAY_MS = 86_400_000;

let ctx: Context;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ ctx, close } = await createContext(testConfig(), 'worker'));
  await ctx.store.createIndexes();
});

// Both jobs go through all companies there are.
beforeEach(() => collections(ctx).companies.deleteMany());
beforeEach(() => collections(ctx).wallets.deleteMany());

afterAll(() => close());

let lines = 0;

/** A movement of money at any time, with the balance that it explains. */
async function move(companyId: string, kind: LedgerKind, amount: number, at: Date) {
  await ctx.store.transaction(async (session) => {
    const line = { company_id: companyId, kind, amount_microusd: amount, at, ...CALLER };
    await ctx.store.ledger.append(
      [{ _id: `test:${String(++lines)}`, certificate_id: null, ...line }],
      session,
    );
    const change = { company_id: companyId, balance_microusd: amount, reserved_microusd: 0 };
    await ctx.store.wallets.apply([change], session);
  });
}

/** Makes a company that is some days old and has no money yet. */
async function makeOldCompany(days: number): Promise<{ id: string; born: Date }> {
  const { id } = await makeCompany(ctx, { balanceMicrousd: 0 });
  const born = new Date(Date.UTC(2026, 0, 10, 15) - days * DAY_MS);
  await collections(ctx).companies.updateOne({ _id: id }, { $set: { created_at: born } });
  return { id, born };
}

const today = (hour: number) => new Date(Date.UTC(2026, 0, 10, hour));
const daysAgo = (days: number) => new Date(today(12).getTime() - days * DAY_MS);
const statements = (companyId: string) =>
  collections(ctx).statements.find({ company_id: companyId }).sort({ day: 1 }).toArray();

describe('reconcileWallets', () => {
  test('finds nothing to complain about, and says how the wallet stands', async () => {
    const { id } = await makeCompany(ctx, { balanceMicrousd: 5_000_000 });
    expect(await reconcileWallets({ ctx, signal })).toBe('done');
    const wallet = await ctx.store.wallets.find(id);
    expect(wallet).toMatchObject({ drift_microusd: 0, reserved_drift_microusd: 0 });
    expect(wallet?.reconciled_at).toBeInstanceOf(Date);
  });

  test.each([
    ['balance', { balance_microusd: 7 }, { drift_microusd: 7, reserved_drift_microusd: 0 }],
    ['reservations', { reserved_microusd: 9 }, { drift_microusd: 0, reserved_drift_microusd: 9 }],
  ])('%s that its lines do not explain is an alarm', async (_, change, drift) => {
    const { id } = await makeCompany(ctx);
    await makeCompany(ctx);
    await collections(ctx).wallets.updateOne({ _id: id }, { $inc: change });
    expect(await reconcileWallets({ ctx, signal })).toBe('drifting');
    expect(await ctx.store.wallets.find(id)).toMatchObject(drift);
    expect(await ctx.store.wallets.countDrifting()).toBe(1);
    expect((await ctx.metrics.walletsDrifting.get()).values[0]?.value).toBe(1);
  });

  test('starts from the latest statement, and is not misled by a wrong one', async () => {
    const { id } = await makeOldCompany(3);
    await move(id, 'top_up', 1_000_000, daysAgo(3));
    await move(id, 'check_match', -15_000, today(1));
    await makeStatements({ ctx, signal, now: today(15) });
    expect(await reconcileWallets({ ctx, signal })).toBe('done');
    await collections(ctx).statements.updateMany({}, { $inc: { closing_microusd: 1 } });
    expect(await reconcileWallets({ ctx, signal })).toBe('done');
    expect((await ctx.store.wallets.find(id))?.drift_microusd).toBe(0);
  });

  test('raises the low-balance flag, and lowers it again', async () => {
    const { id } = await makeCompany(ctx, { balanceMicrousd: 1_000 });
    const lowWhenUnder = async (low_balance_microusd: number) => {
      await ctx.store.companies.update(id, { low_balance_microusd });
      await reconcileWallets({ ctx, signal });
      return (await ctx.store.wallets.find(id))?.low_balance;
    };
    expect(await lowWhenUnder(1_001)).toBe(true);
    expect(await lowWhenUnder(1_000)).toBe(false);
  });

  test('stops when it is told to', async () => {
    await makeCompany(ctx);
    await expect(reconcileWallets({ ctx, signal: AbortSignal.abort() })).rejects.toThrow();
  });
});

describe('makeStatements', () => {
  test('one for each day that is over by an hour, each opening as the one before closed', async () => {
    const { id } = await makeOldCompany(2);
    await move(id, 'top_up', 1_000_000, daysAgo(2));
    await move(id, 'check_match', -15_000, daysAgo(2));
    await move(id, 'check_match', -15_000, daysAgo(2));
    await move(id, 'session_retention', -100_000, today(0));
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

  test('none for a day that is not over by an hour, and none twice', async () => {
    const { id } = await makeOldCompany(1);
    const justBefore = new Date(today(1).getTime() - 1);
    expect(await makeStatements({ ctx, signal, now: justBefore })).toBe('already_done');
    expect(await makeStatements({ ctx, signal, now: today(1) })).toBe('done');
    const [made] = await statements(id);
    await move(id, 'top_up', 5, daysAgo(1));
    expect(await makeStatements({ ctx, signal, now: today(23) })).toBe('already_done');
    expect(await statements(id)).toEqual([made]);
  });
});
