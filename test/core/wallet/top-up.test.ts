import type { Context } from '../../../src/context';
import { openContext } from '../../helpers/context';
import { getWallet } from '../../../src/core/wallet/get-wallet';
import { topUp } from '../../../src/core/wallet/top-up';
import { CALLER, makeCompany, type TestCompany } from '../../helpers/company';
import { testConfig } from '../../helpers/settings';
import { countMovements } from '../../helpers/wallet';
import { ensureIndexes } from '../../helpers/indexes';

let ctx: Context;
let close: () => Promise<void>;
let company: TestCompany;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'web'));
  await ensureIndexes(ctx);
});

beforeEach(async () => {
  company = await makeCompany(ctx, { balanceMicrousd: 0 });
});

afterAll(() => close());

function pay(amountMicrousd: number, more: Partial<Parameters<typeof topUp>[0]> = {}) {
  return topUp({ ctx, companyId: company.id, amountMicrousd, caller: CALLER, ...more });
}

async function balance() {
  const { balance_microusd } = await getWallet({ ctx, companyId: company.id });
  expect(balance_microusd).toBe(await ctx.store.ledger.sum(company.id, null));
  return balance_microusd;
}

test('adds money, a line and an audit entry', async () => {
  const first = await pay(25_000_000);
  expect(first.balance_microusd).toBe(25_000_000);
  expect((await pay(1)).balance_microusd).toBe(25_000_001);
  expect(await balance()).toBe(25_000_001);
  const audit = await ctx.store.audit.list(
    company.id,
    { action: 'wallet.topped_up' },
    { limit: 5 },
  );
  expect(audit.items.map(({ _id }) => _id)).toContain(first.entry_id);
});

test('an operation sent 20 times at once is one payment with one result', async () => {
  const operationId = `op_${company.id}`;
  const results = await Promise.all(Array.from({ length: 20 }, () => pay(500, { operationId })));
  expect(new Set(results.map((result) => JSON.stringify(result))).size).toBe(1);
  expect(await countMovements(ctx, company.id)).toBe(1);
  await pay(100);
  expect(await pay(500, { operationId })).toEqual(results[0]);
  expect(await balance()).toBe(600);
});

test('simultaneous payments all count', async () => {
  // No more than a slow machine manages within a transaction's five seconds.
  await Promise.all(Array.from({ length: 8 }, () => pay(7)));
  expect(await balance()).toBe(56);
});

test('refuses another payment under the same operation', async () => {
  const operationId = `op_${company.id}`;
  await pay(500, { operationId });
  await expect(pay(501, { operationId })).rejects.toMatchObject({ code: 'idempotency_mismatch' });
  expect(await balance()).toBe(500);
});

test('the completion and the money commit together or not at all', async () => {
  const completion = () => Promise.reject(new Error('lease lost'));
  await expect(pay(500, { completion })).rejects.toThrow('lease lost');
  expect(await balance()).toBe(0);
  const seen: unknown[] = [];
  const result = await pay(500, {
    completion: async (session, paid) => {
      expect(session.inTransaction()).toBe(true);
      seen.push(paid);
      return Promise.resolve();
    },
  });
  expect(seen).toEqual([result]);
});

test.each([0, -1, 0.5, Number.NaN, 2 ** 53])('refuses the amount %p', async (amount) => {
  await expect(pay(amount)).rejects.toMatchObject({ code: 'invalid_request' });
});

test('never takes a balance past 2^53', async () => {
  await pay(Number.MAX_SAFE_INTEGER);
  await expect(pay(1)).rejects.toMatchObject({ code: 'invalid_request' });
  expect(await balance()).toBe(Number.MAX_SAFE_INTEGER);
});

test('an unknown company has no wallet', async () => {
  company = { ...company, id: 'comp-unknown' };
  await expect(pay(1)).rejects.toMatchObject({ code: 'company_not_found' });
  await expect(getWallet({ ctx, companyId: company.id })).rejects.toMatchObject({
    code: 'company_not_found',
  });
});
