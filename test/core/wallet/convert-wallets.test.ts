import { randomBytes } from 'node:crypto';
import type { Context } from '../../../src/context';
import { convertWallets } from '../../../src/core/wallet/convert-wallets';
import { listEntries } from '../../../src/core/wallet/list-entries';
import { reconcileWallets } from '../../../src/core/wallet/reconcile-wallets';
import { topUp } from '../../../src/core/wallet/top-up';
import { openContext } from '../../helpers/context';
import { collections } from '../../helpers/collections';
import { CALLER, makeCompany } from '../../helpers/company';
import { testConfig } from '../../helpers/settings';
import { until } from '../../helpers/until';
import { walletOf } from '../../helpers/wallet';
import { ensureIndexes } from '../../helpers/indexes';
import { crashAt } from '../revocations/crash-at';
import { debitAsBefore, openAsBefore, reserveAsBefore, topUpAsBefore } from './former-release';

let ctx: Context;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'script'));
  await ensureIndexes(ctx);
});
beforeEach(() => collections(ctx).formerWallets.deleteMany());
beforeEach(() => collections(ctx).leases.deleteMany());
afterAll(() => close());

const PAYMENT = 1_000_000;

/** A company as the release before left it: lines, and a wallet that is their sum. */
async function makeFormer(off: { balance?: number; reserved?: number } = {}) {
  const { id } = await makeCompany(ctx, { balanceMicrousd: 0 });
  const { formerWallets, ledgerLines, ledgerPages } = collections(ctx);
  await ledgerPages.deleteMany({ company_id: id });
  const operationId = `op_${randomBytes(6).toString('hex')}`;
  const line = { company_id: id, certificate_id: null, ...CALLER };
  const paid = { ...line, kind: 'top_up' as const, amount_microusd: PAYMENT };
  await ledgerLines.insertMany([
    { ...paid, _id: `topup:${operationId}`, at: new Date(0), balance_after_microusd: PAYMENT },
    { ...line, _id: `check:${id}`, at: new Date(1), kind: 'check_match', amount_microusd: -15_000 },
  ]);
  await formerWallets.insertOne({
    _id: id,
    balance_microusd: PAYMENT - 15_000 + (off.balance ?? 0),
    reserved_microusd: off.reserved ?? 0,
  });
  return { id, operationId };
}

test('a wallet becomes a page that brings its money forward, once', async () => {
  const { id } = await makeFormer({ reserved: 300 });
  expect(await walletOf(ctx, id)).toBeNull();
  const runs = await Promise.all([convertWallets({ ctx }), convertWallets({ ctx })]);
  expect(runs.reduce((a, b) => a + b)).toBe(1);
  expect(await convertWallets({ ctx })).toBe(0);
  const now = { balance_microusd: 985_000, reserved_microusd: 300, available_microusd: 984_700 };
  expect(await walletOf(ctx, id)).toMatchObject(now);
  expect(await collections(ctx).ledgerPages.find({ company_id: id }).toArray()).toMatchObject([
    { lines: [], brought_forward_microusd: 985_000 },
  ]);
});

test('its lines stay in the list, and their keys refuse a second payment', async () => {
  const { id, operationId } = await makeFormer();
  await convertWallets({ ctx });
  const pay = (amountMicrousd: number) =>
    topUp({ ctx, companyId: id, amountMicrousd, caller: CALLER, operationId });
  expect(await pay(PAYMENT)).toEqual({
    entry_id: `topup:${operationId}`,
    balance_microusd: PAYMENT,
  });
  await expect(pay(5)).rejects.toMatchObject({ code: 'idempotency_mismatch' });
  await topUp({ ctx, companyId: id, amountMicrousd: 7, caller: CALLER });
  const { entries } = await listEntries({ ctx, companyId: id, limit: 10 });
  expect(entries.map(({ amount_microusd }) => amount_microusd)).toEqual([7, -15_000, PAYMENT]);
  expect((await walletOf(ctx, id))?.balance_microusd).toBe(985_007);
});

test('a wallet that its lines do not explain drifts as before', async () => {
  const { id } = await makeFormer({ balance: 5 });
  await convertWallets({ ctx });
  await reconcileWallets({ ctx, signal: new AbortController().signal });
  expect(await ctx.store.walletProofs.find(id)).toMatchObject({ drift_microusd: 5 });
});

test('a crash in the middle leaves the wallet as it was, and the next start converts it', async () => {
  const { id } = await makeFormer();
  await expect(convertWallets({ ctx: crashAt(ctx, 'wallet.converting') })).rejects.toThrow('crash');
  expect(await walletOf(ctx, id)).toBeNull();
  expect(await debitAsBefore(ctx, id)).toBe('paid');
  expect(await convertWallets({ ctx })).toBe(1);
  expect((await walletOf(ctx, id))?.balance_microusd).toBe(970_000);
});

test('a process of the release before spends nothing beside the pages', async () => {
  const { id } = await makeFormer();
  const before: Record<string, number> = { paid: 0, unavailable: 0 };
  let isOver = false;
  const spending = async () => {
    while (!isOver) {
      const outcome = await debitAsBefore(ctx, id);
      before[outcome] = (before[outcome] ?? 0) + 1;
    }
  };
  const spenders = [spending(), spending(), spending()];
  await until('it has spent something', () => (before.paid ?? 0) >= 5);
  expect(await convertWallets({ ctx })).toBe(1);
  await until('it is refused', () => (before.unavailable ?? 0) >= 5);
  isOver = true;
  await Promise.all(spenders);
  expect(Object.keys(before).sort()).toEqual(['paid', 'unavailable']);
  const balance = (await walletOf(ctx, id))?.balance_microusd;
  expect(balance).toBe(985_000 - 15_000 * (before.paid ?? 0));
  await reconcileWallets({ ctx, signal: new AbortController().signal });
  expect(await ctx.store.walletProofs.find(id)).toMatchObject({ drift_microusd: 0 });
});

test("nor does it pay in or set aside, and it blames nobody's amount", async () => {
  const { id } = await makeFormer();
  expect(await topUpAsBefore(ctx, id, 5)).toBe('paid');
  expect(await reserveAsBefore(ctx, id, 300)).toBe('reserved');
  await convertWallets({ ctx });
  expect(await debitAsBefore(ctx, id)).toBe('unavailable');
  expect(await topUpAsBefore(ctx, id, 5)).toBe('internal');
  expect(await reserveAsBefore(ctx, id, 300)).toBe('insufficient_balance');
  // Nor does it release what is reserved: a worker of this release does, once.
  expect(await reserveAsBefore(ctx, id, -300)).toBe('insufficient_balance');
  const kept = { balance_microusd: 985_005, reserved_microusd: 300 };
  expect(await walletOf(ctx, id)).toMatchObject(kept);
  expect(await collections(ctx).ledgerLines.countDocuments({ company_id: id })).toBe(3);
  expect(await convertWallets({ ctx })).toBe(0);
});

test('a company that such a process makes after the release step can pay soon', async () => {
  const { id } = await makeCompany(ctx, { balanceMicrousd: 0 });
  await collections(ctx).ledgerPages.deleteMany({ company_id: id });
  await convertWallets({ ctx });
  await openAsBefore(ctx, id);
  const payment = { ctx, companyId: id, amountMicrousd: 7, caller: CALLER };
  await expect(topUp(payment)).rejects.toMatchObject({ code: 'company_not_found' });
  await reconcileWallets({ ctx, signal: new AbortController().signal });
  await topUp(payment);
  expect(await walletOf(ctx, id)).toMatchObject({ balance_microusd: 7 });
  expect(await debitAsBefore(ctx, id)).toBe('unavailable');
});
