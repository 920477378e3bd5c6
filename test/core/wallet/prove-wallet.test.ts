import type { Context } from '../../../src/context';
import { openContext } from '../../helpers/context';
import { getWallet } from '../../../src/core/wallet/get-wallet';
import { listEntries } from '../../../src/core/wallet/list-entries';
import { moveMoney } from '../../../src/core/wallet/move-money';
import { proveWallet } from '../../../src/core/wallet/prove-wallet';
import { reserveFee } from '../../../src/core/wallet/reserve-fee';
import { startOfDay, startOfNextDay, utcDay } from '../../../src/core/wallet/utc-day';
import { collections } from '../../helpers/collections';
import { CALLER, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { testConfig } from '../../helpers/settings';
import { ensureIndexes } from '../../helpers/indexes';

let ctx: Context;
let close: () => Promise<void>;
let company: TestCompany;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'web'));
  await ensureIndexes(ctx);
});
beforeEach(async () => {
  company = await makeCompany(ctx, { balanceMicrousd: 1_000 });
});
afterAll(() => close());

const reserve = (feeMicrousd: number, companyId = company.id) =>
  ctx.store.transaction((session) => reserveFee({ ctx, companyId, feeMicrousd, session }));

test('a proof has the balance and the sum of the lines, each as it is', async () => {
  await reserve(300);
  const proof = { balance_microusd: 1_000, reserved_microusd: 300, entries_sum_microusd: 1_000 };
  expect(await proveWallet({ ctx, companyId: company.id })).toEqual(proof);
  const { ledgerPages } = collections(ctx);
  const paid = { company_id: company.id, 'lines.kind': 'top_up' };
  await ledgerPages.updateMany(paid, { $inc: { 'lines.0.amount_microusd': 5 } });
  expect(await proveWallet({ ctx, companyId: company.id })).toEqual({
    ...proof,
    entries_sum_microusd: 1_005,
  });
});

test('a wallet says what of it can still be spent', async () => {
  await reserve(300);
  expect(await getWallet({ ctx, companyId: company.id })).toEqual({
    balance_microusd: 1_000,
    reserved_microusd: 300,
    available_microusd: 700,
    low_balance: false,
  });
});

test('a fee is reserved to the last µUSD, and not beyond', async () => {
  await expect(reserve(1_001)).rejects.toMatchObject({ code: 'insufficient_balance' });
  await reserve(1_000);
  await reserve(0);
  await expect(reserve(1)).rejects.toMatchObject({ code: 'insufficient_balance' });
  expect((await getWallet({ ctx, companyId: company.id })).available_microusd).toBe(0);
});

test('a company that does not exist has none', async () => {
  const unknown = { code: 'company_not_found' };
  await expect(proveWallet({ ctx, companyId: 'comp-none' })).rejects.toMatchObject(unknown);
  await expect(getWallet({ ctx, companyId: 'comp-none' })).rejects.toMatchObject(unknown);
});

test('an entry names its certificate by whatever is known of it', async () => {
  const { id } = await makeCertificate(ctx, company);
  const ref = (await ctx.store.certificates.find(company.id, id))!.ledger_ref!;
  const line = { kind: 'check_match' as const, amount_microusd: -1, ...CALLER };
  const charged = { ...line, certificate_refs: ['crt_gone', ref], keys: ['k1', 'k2'] };
  await ctx.store.transaction((session) =>
    moveMoney({ ctx, companyId: company.id, lines: [charged], session }),
  );
  const earlier = { _id: `${company.id}:1`, company_id: company.id, at: new Date(0) };
  await collections(ctx).ledgerLines.insertOne({
    ...line,
    ...earlier,
    certificate_id: 'EC-of-earlier',
  });
  const { entries, next_cursor } = await listEntries({ ctx, companyId: company.id, limit: 5 });
  expect(entries.map(({ certificate_id }) => certificate_id)).toEqual([
    ...[id, null],
    ...[null, 'EC-of-earlier'],
  ]);
  expect(entries[0]).toEqual({
    entry_id: 'k2',
    at: expect.any(String),
    kind: 'check_match',
    amount_microusd: -1,
    certificate_id: id,
    actor: 'system:test',
    ip: CALLER.ip,
  });
  expect(next_cursor).toBeNull();
});

test('a list goes from page to page and on to the lines of earlier releases, in any portion', async () => {
  const line = { kind: 'check_match' as const, amount_microusd: -1, ...CALLER };
  for (const size of [3, 1, 4]) {
    const charged = { ...line, certificate_refs: Array<null>(size).fill(null) };
    await ctx.store.transaction((session) =>
      moveMoney({ ctx, companyId: company.id, lines: [charged, charged], session }),
    );
  }
  const lines = [3, 2, 1].map((day) => ({
    ...line,
    _id: `check:${company.id}${String(day)}`,
    certificate_id: null,
    company_id: company.id,
    at: new Date(Date.UTC(2020, 1, day)),
  }));
  await collections(ctx).ledgerLines.insertMany(lines);
  const all = await listEntries({ ctx, companyId: company.id, limit: 100 });
  // The top-up, twice 3, 1 and 4 checks, and what is of earlier.
  expect(all.entries).toHaveLength(1 + 16 + 3);
  expect(new Set(all.entries.map(({ entry_id }) => entry_id)).size).toBe(20);
  expect(all.entries.slice(-3).map(({ entry_id }) => entry_id)).toEqual(lines.map((l) => l._id));
  for (const limit of [1, 3, 7, 19]) {
    const listed = [];
    let cursor: string | undefined;
    do {
      const page = await listEntries({ ctx, companyId: company.id, limit, cursor });
      listed.push(...page.entries);
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
    expect(listed).toEqual(all.entries);
  }
});

test('a day is a UTC day', () => {
  const noon = new Date('2026-02-28T12:00:00Z');
  expect(utcDay(noon)).toBe('2026-02-28');
  expect(startOfDay('2026-02-28')).toEqual(new Date('2026-02-28T00:00:00Z'));
  expect(startOfNextDay('2026-02-28')).toEqual(new Date('2026-03-01T00:00:00Z'));
});
