import type { Context } from '../../../src/context';
import { type Check, createCheck } from '../../../src/core/verification/check';
import type { AskedCheck } from '../../../src/core/verification/arrived-check';
import { followPages, NOTHING_PROVED } from '../../../src/core/wallet/follow-pages';
import { availableIn } from '../../../src/core/wallet/lanes';
import { topUp } from '../../../src/core/wallet/top-up';
import { openContext } from '../../helpers/context';
import type { Company } from '../../../src/store/companies';
import { collections } from '../../helpers/collections';
import { CALLER, CONSENT, makeCertificate, makeCompany } from '../../helpers/company';
import { testConfig } from '../../helpers/settings';
import { movementsOf, walletOf } from '../../helpers/wallet';
import { ensureIndexes } from '../../helpers/indexes';

const PRICE = 15_000;

let ctx: Context;
let close: () => Promise<void>;
let call: AskedCheck;
let companyId: string;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'web'));
  await ensureIndexes(ctx);
});
beforeEach(() => withMoneyFor(20));
afterEach(() => jest.restoreAllMocks());
afterAll(() => close());

async function withMoneyFor(checks: number): Promise<void> {
  const company = await makeCompany(ctx, { balanceMicrousd: checks * PRICE });
  const { id: certificateId } = await makeCertificate(ctx, company);
  const found = (await ctx.store.companies.find(company.id)) as Company;
  companyId = company.id;
  const by = { company: found, caller: CALLER, election: ctx.store.election() };
  call = { mode: 'match', certificateId, text: CONSENT, by, sharer: companyId };
}

const times = (count: number, check: Check) =>
  Promise.allSettled(Array.from({ length: count }, () => check(call)));
const served = (outcomes: PromiseSettledResult<unknown>[]) =>
  outcomes.filter(({ status }) => status === 'fulfilled').length;
const balance = async () => (await walletOf(ctx, companyId))?.balance_microusd;
const heads = async () => {
  const { proved, brokenPage, driftMicrousd } = await followPages({
    ctx,
    companyId,
    from: NOTHING_PROVED,
    atEnd: () => Promise.resolve(),
  });
  expect([brokenPage, driftMicrousd]).toEqual([null, 0]);
  for (const head of proved.heads) expect(availableIn(head)).toBeGreaterThanOrEqual(0);
  return proved.heads;
};
const lanes = async () => (await heads()).map(({ lane }) => lane);

test('calls at once share a page, and the next page is written without reading the last', async () => {
  const check = createCheck({ ctx });
  await check(call);
  const read = jest.spyOn(ctx.store.ledgerPages, 'heads');
  expect(served(await times(5, check))).toBe(5);
  expect(read.mock.calls.flatMap(([companyIds]) => companyIds)).toEqual([]);
  const { ledgerPages } = collections(ctx);
  const charging = { company_id: companyId, 'lines.kind': 'check_match' };
  const pages = await ledgerPages.find(charging).sort({ _id: 1 }).toArray();
  expect(pages.map(({ lines }) => lines[0]?.certificate_refs.length)).toEqual([1, 5]);
});

test('of the last money nothing stays where it cannot be spent', async () => {
  const [one, other] = [createCheck({ ctx }), createCheck({ ctx })];
  expect(served(await times(7, one))).toBe(7);
  expect(served(await times(7, other))).toBe(7);
  await topUp({ ctx, companyId, amountMicrousd: 1, caller: CALLER });
  expect(served(await times(10, one))).toBe(6);
  expect(await balance()).toBe(1);
  await expect(other(call)).rejects.toMatchObject({ code: 'insufficient_balance' });
  await lanes();
});

test('money that another process has put into the lane is seen before a refusal', async () => {
  await withMoneyFor(1);
  const [one, other] = [createCheck({ ctx }), createCheck({ ctx })];
  expect(served(await times(1, one))).toBe(1);
  await topUp({ ctx, companyId, amountMicrousd: 4 * PRICE, caller: CALLER });
  // It takes more into the lane than it spends.
  expect(served(await times(1, other))).toBe(1);
  expect(served(await times(3, one))).toBe(3);
  expect(await balance()).toBe(0);
  await lanes();
});

test('two processes that charge one company come to write in lanes of their own', async () => {
  await withMoneyFor(2_000);
  const processes = [createCheck({ ctx }), createCheck({ ctx })];
  for (let round = 0; round < 10; round++) {
    const outcomes = await Promise.all(processes.map((check) => times(20, check)));
    expect(served(outcomes.flat())).toBe(40);
  }
  expect((await lanes()).length).toBeGreaterThanOrEqual(3);
  const insert = jest.spyOn(ctx.store.ledgerPages, 'insert');
  await Promise.all(processes.map((check) => times(20, check)));
  const results = await Promise.allSettled(insert.mock.results.map(({ value }) => value));
  expect(results.filter(({ status }) => status === 'rejected')).toEqual([]);
  expect(await balance()).toBe((2_000 - 440) * PRICE);
});

test('however many lanes there are, each keeps money for what is done in it', async () => {
  await withMoneyFor(2_000);
  const processes = [createCheck({ ctx }), createCheck({ ctx })];
  for (let round = 0; round < 10; round++) {
    await Promise.all(processes.map((check) => times(10, check)));
  }
  for (const head of await heads()) expect(availableIn(head)).toBeGreaterThan(50 * PRICE);
});

test('what was built on a commit that fails does not stand, and is done again', async () => {
  const check = createCheck({ ctx });
  await check(call);
  const { transaction } = ctx.store;
  let fails = true;
  jest.spyOn(ctx.store, 'transaction').mockImplementation((work) =>
    transaction(async (session) => {
      const commit = session.commitTransaction.bind(session);
      if (fails) {
        fails = false;
        session.commitTransaction = async () => {
          session.commitTransaction = commit;
          // By now the next group has written the page that follows on this one.
          await following;
          await session.abortTransaction();
          throw Object.assign(new Error('gone'), { name: 'MongoNetworkError' });
        };
      }
      return work(session);
    }),
  );
  let follows = (): void => undefined;
  const following = new Promise<void>((resolve) => (follows = resolve));
  const { insert } = ctx.store.ledgerPages;
  let inserts = 0;
  jest.spyOn(ctx.store.ledgerPages, 'insert').mockImplementation(async (...args) => {
    await insert(...args);
    if (++inserts === 2) follows();
  });
  const first = check(call);
  void first.catch(() => undefined);
  while (inserts === 0) await new Promise(setImmediate);
  const second = check(call);
  await expect(first).rejects.toThrow('gone');
  await second;
  expect(inserts).toBe(3);
  expect(await movementsOf(ctx, companyId)).toHaveLength(1 + 2);
  expect(await balance()).toBe(18 * PRICE);
  await lanes();
});

test('what fails after its page is written does not keep the next check waiting', async () => {
  const reach = jest.fn().mockResolvedValue(undefined);
  const check = createCheck({ ctx: { ...ctx, reach } });
  reach.mockResolvedValueOnce(undefined).mockRejectedValueOnce(new Error('crash'));
  await expect(check(call)).rejects.toThrow('crash');
  expect(reach.mock.calls.flat()).toEqual(['check.completing', 'check.charging']);
  expect((await check(call)).answer.valid).toBe(true);
  expect(await movementsOf(ctx, companyId)).toHaveLength(1 + 1);
});

test('a page that is written past the deadline does not keep the next check waiting', async () => {
  const check = createCheck({ ctx });
  await check(call);
  const { transaction } = ctx.store;
  const { insert } = ctx.store.ledgerPages;
  let goOn = (): void => undefined;
  const held = new Promise<void>((resolve) => (goOn = resolve));
  jest.spyOn(ctx.store.ledgerPages, 'insert').mockImplementationOnce(async (...args) => {
    await held;
    await insert(...args);
  });
  let ends: Promise<unknown> = Promise.resolve();
  jest.spyOn(ctx.store, 'transaction').mockImplementationOnce((work) => {
    ends = transaction(async (session) => {
      await work(session);
      throw new Error('too late');
    });
    void ends.catch(() => undefined);
    return Promise.reject(Object.assign(new Error('gone'), { name: 'MongoNetworkError' }));
  });
  await expect(check(call)).rejects.toThrow('gone');
  goOn();
  await expect(ends).rejects.toThrow('too late');
  expect((await check(call)).answer.valid).toBe(true);
  expect(await movementsOf(ctx, companyId)).toHaveLength(1 + 2);
});
