import type { Context } from '../../../src/context';
import { createContext } from '../../../src/create-context';
import { getWallet } from '../../../src/core/wallet/get-wallet';
import { listEntries } from '../../../src/core/wallet/list-entries';
import { proveWallet } from '../../../src/core/wallet/prove-wallet';
import { reserveFee } from '../../../src/core/wallet/reserve-fee';
import { startOfDay, startOfNextDay, utcDay } from '../../../src/core/wallet/utc-day';
import { collections } from '../../helpers/collections';
import { CALLER, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { testConfig } from '../../helpers/settings';

let ctx: Context;
let close: () => Promise<void>;
let company: TestCompany;

beforeAll(async () => {
  ({ ctx, close } = await createContext(testConfig(), 'web'));
  await ctx.store.createIndexes();
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
  const { ledger } = collections(ctx);
  await ledger.updateMany({ company_id: company.id }, { $inc: { amount_microusd: 5 } });
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

test('an entry names its certificate by whatever its line knows', async () => {
  const { id } = await makeCertificate(ctx, company);
  const ref = (await ctx.store.certificates.find(company.id, id))!.ledger_ref!;
  const at = new Date();
  const line = { company_id: company.id, kind: 'check_match' as const, amount_microusd: -1, at };
  await ctx.store.transaction((session) =>
    ctx.store.ledger.append(
      [
        { ...line, ...CALLER, _id: `${company.id}:3`, certificate_id: null, certificate_ref: ref },
        { ...line, ...CALLER, _id: `${company.id}:2`, certificate_id: 'EC-of-earlier' },
        { ...line, ...CALLER, _id: `${company.id}:1`, certificate_id: null, certificate_ref: 'x' },
      ],
      session,
    ),
  );
  const { entries, next_cursor } = await listEntries({ ctx, companyId: company.id, limit: 3 });
  expect(entries.map(({ certificate_id }) => certificate_id)).toEqual([id, 'EC-of-earlier', null]);
  expect(entries[0]).toEqual({
    entry_id: `${company.id}:3`,
    at: at.toISOString(),
    kind: 'check_match',
    amount_microusd: -1,
    certificate_id: id,
    actor: 'system:test',
    ip: CALLER.ip,
  });
  expect(next_cursor).not.toBeNull();
});

test('a day is a UTC day', () => {
  const noon = new Date('2026-02-28T12:00:00Z');
  expect(utcDay(noon)).toBe('2026-02-28');
  expect(startOfDay('2026-02-28')).toEqual(new Date('2026-02-28T00:00:00Z'));
  expect(startOfNextDay('2026-02-28')).toEqual(new Date('2026-03-01T00:00:00Z'));
});
