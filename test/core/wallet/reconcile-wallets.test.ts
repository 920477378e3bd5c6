import type { Context } from '../../../src/context';
import { reconcileWallets } from '../../../src/core/wallet/reconcile-wallets';
import { openContext } from '../../helpers/context';
import { collections } from '../../helpers/collections';
import { revokeConsent } from '../../../src/core/consents/revoke-consent';
import { reserveRetention } from '../../../src/core/retention/reserve-retention';
import { CALLER, makeCertificate, makeCompany } from '../../helpers/company';
import { testConfig } from '../../helpers/settings';
import { at, crash } from '../batches/scene';
import { commit, PRICE, runSome, storeScrub } from '../batches/scrub/scene';
import { makeConsent } from '../consents/scene';
import { daysAgo, makeOldCompany, moveMoney, today } from './ledger-scene';
import { falsifyWallet, walletOf } from '../../helpers/wallet';
import { ensureIndexes } from '../../helpers/indexes';

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
beforeEach(() => collections(ctx).leases.deleteMany());

afterAll(() => close());

test('finds no drift, and notes that on the wallet', async () => {
  const { id } = await makeCompany(ctx, { balanceMicrousd: 5_000_000 });
  expect(await reconcileWallets({ ctx, signal })).toBe('done');
  const proof = await ctx.store.walletProofs.find(id);
  expect(proof).toMatchObject({ drift_microusd: 0, reserved_drift_microusd: 0 });
  expect(proof?.reconciled_at).toBeInstanceOf(Date);
});

test.each([
  ['balance', { balance_microusd: 7 }, { drift_microusd: 7, reserved_drift_microusd: 0 }],
  ['reservations', { reserved_microusd: 9 }, { drift_microusd: 0, reserved_drift_microusd: 9 }],
])('raises an alarm when lines do not explain the %s', async (_, change, drift) => {
  const { id } = await makeCompany(ctx);
  await makeCompany(ctx);
  await falsifyWallet(ctx, id, change);
  expect(await reconcileWallets({ ctx, signal })).toBe('drifting');
  expect(await ctx.store.walletProofs.find(id)).toMatchObject(drift);
  expect(await ctx.store.walletProofs.countDrifting()).toBe(1);
  expect((await ctx.metrics.walletsDrifting.get()).values[0]?.value).toBe(1);
});

test('follows only the pages since the last proof, and is not misled by a wrong one', async () => {
  const id = await makeOldCompany(ctx, 3);
  await moveMoney(ctx, id, 'top_up', 1_000_000, daysAgo(3));
  await moveMoney(ctx, id, 'check_match', -15_000, today(1));
  expect(await reconcileWallets({ ctx, signal })).toBe('done');
  const after = jest.spyOn(ctx.store.ledgerPages, 'after');
  await moveMoney(ctx, id, 'check_match', -15_000, today(2));
  expect(await reconcileWallets({ ctx, signal })).toBe('done');
  const read = await Promise.all(after.mock.results.map(({ value }) => value));
  expect(read.flat()).toHaveLength(1);
  after.mockRestore();
  const wrong = { $inc: { 'proved.entries_sum_microusd': 1 } };
  await collections(ctx).walletProofs.updateOne({ _id: id }, wrong);
  expect(await reconcileWallets({ ctx, signal })).toBe('done');
  expect(await ctx.store.walletProofs.find(id)).toMatchObject({ drift_microusd: 0 });
});

test('finds a page that is missing or does not follow, also where the sums agree', async () => {
  const { id } = await makeCompany(ctx, { balanceMicrousd: 0 });
  for (const amount of [500, 0, 0]) await moveMoney(ctx, id, 'top_up', amount, new Date());
  expect(await reconcileWallets({ ctx, signal })).toBe('done');
  const { ledgerPages, walletProofs } = collections(ctx);
  const pages = await ledgerPages.find({ company_id: id }).sort({ _id: 1 }).toArray();
  const gone = pages.at(-2)!;
  await ledgerPages.deleteOne({ _id: gone._id });
  await walletProofs.deleteMany();
  expect(await reconcileWallets({ ctx, signal })).toBe('drifting');
  const broken = { drift_microusd: 0, broken_page: pages.at(-1)?._id };
  expect(await ctx.store.walletProofs.find(id)).toMatchObject(broken);
  // Until it is there again, every look finds it.
  expect(await reconcileWallets({ ctx, signal })).toBe('drifting');
  await ledgerPages.insertOne(gone);
  expect(await reconcileWallets({ ctx, signal })).toBe('done');
});

test('goes on where it was stopped, so that every company has its turn', async () => {
  const ids = [];
  for (let i = 0; i < 3; i++) ids.push((await makeCompany(ctx)).id);
  const [first, second, third] = ids.sort() as [string, string, string];
  const stopping = new AbortController();
  const { save } = ctx.store.walletProofs;
  jest.spyOn(ctx.store.walletProofs, 'save').mockImplementation(async (proof) => {
    if (proof._id === second) throw new Error('stopped');
    await save(proof);
  });
  await expect(reconcileWallets({ ctx, signal: stopping.signal })).rejects.toThrow('stopped');
  jest.restoreAllMocks();
  expect(await ctx.store.walletProofs.find(third)).toBeNull();
  await collections(ctx).walletProofs.deleteMany();
  await reconcileWallets({ ctx, signal });
  expect(await ctx.store.walletProofs.find(first)).toBeNull();
  expect(await ctx.store.walletProofs.find(third)).not.toBeNull();
  await reconcileWallets({ ctx, signal });
  expect(await ctx.store.walletProofs.find(first)).not.toBeNull();
});

test('is at it in one process at a time', async () => {
  await makeCompany(ctx);
  const both = [reconcileWallets({ ctx, signal }), reconcileWallets({ ctx, signal })];
  expect((await Promise.all(both)).sort()).toEqual(['done', 'under_way']);
});

test('raises the low-balance flag, and lowers it again', async () => {
  const { id } = await makeCompany(ctx, { balanceMicrousd: 1_000 });
  const lowWhenUnder = async (low_balance_microusd: number) => {
    await ctx.store.companies.update(id, { low_balance_microusd });
    await reconcileWallets({ ctx, signal });
    return (await walletOf(ctx, id))?.low_balance;
  };
  expect(await lowWhenUnder(1_001)).toBe(true);
  expect(await lowWhenUnder(1_000)).toBe(false);
});

test('money that is reserved does not count against a low balance', async () => {
  const company = await makeCompany(ctx, { balanceMicrousd: 1_000_000 });
  const { sessionId } = await makeCertificate(ctx, company, { events: {} });
  await ctx.store.companies.update(company.id, { low_balance_microusd: 950_000 });
  const low = async () => {
    await reconcileWallets({ ctx, signal });
    return (await walletOf(ctx, company.id))?.low_balance;
  };
  expect(await low()).toBe(false);
  const by = { ctx, companyId: company.id, caller: CALLER };
  await reserveRetention({ ...by, kind: 'session', sessionId });
  expect(await low()).toBe(true);
});

test('money that is reserved for a scrub is no drift, and counts as spent', async () => {
  const company = await makeCompany(ctx, { balanceMicrousd: 10 * PRICE });
  const scene = { ctx, company, close };
  await ctx.store.companies.update(company.id, { low_balance_microusd: 9 * PRICE });
  const found = async () => {
    const outcome = await reconcileWallets({ ctx, signal });
    return [outcome, (await walletOf(ctx, company.id))?.low_balance];
  };
  const batch = await storeScrub(scene, 'email\na@example.com\nb@example.com\n');
  expect(await found()).toEqual(['done', false]);
  await commit(scene, batch);
  expect(await found()).toEqual(['done', true]);
  await expect(runSome(at(ctx, 'scrub.checkpointed', 1, crash), batch)).rejects.toThrow('crash');
  expect(await found()).toEqual(['done', true]);
  expect(await runSome(ctx, batch)).toBe('completed');
  expect(await found()).toEqual(['done', true]);
});

describe('wallets that cannot be proved in time', () => {
  afterEach(() => jest.restoreAllMocks());

  const failsFor = (ids: string[], error: Error) => {
    const { ledgerPages } = ctx.store;
    const after = ledgerPages.after.bind(ledgerPages);
    jest.spyOn(ledgerPages, 'after').mockImplementation((id, ...rest) => {
      return ids.includes(id) ? Promise.reject(error) : after(id, ...rest);
    });
  };
  const late = Object.assign(new Error('too late'), { name: 'MongoNetworkError' });
  const makeMany = async (count: number) => {
    const ids: string[] = [];
    for (let i = 0; i < count; i++) ids.push((await makeCompany(ctx)).id);
    return ids.sort();
  };
  const proved = async (id: string) => (await ctx.store.walletProofs.find(id)) !== null;

  test('keep none of the others from being proved, and are an error in the end', async () => {
    const [a, b, c, d] = (await makeMany(4)) as [string, string, string, string];
    await falsifyWallet(ctx, d, { balance_microusd: 1 });
    failsFor([a, c], late);
    const unavailable = { code: 'unavailable' };
    await expect(reconcileWallets({ ctx, signal })).rejects.toMatchObject(unavailable);
    expect(await Promise.all([a, b, c, d].map(proved))).toEqual([false, true, false, true]);
    expect((await ctx.metrics.walletsDrifting.get()).values[0]?.value).toBe(1);
  });

  test('end it where there are three of them, or where it is anything but time', async () => {
    const [a, b, c, d] = (await makeMany(4)) as [string, string, string, string];
    failsFor([a, b, c], late);
    await expect(reconcileWallets({ ctx, signal })).rejects.toMatchObject({ code: 'unavailable' });
    expect(await proved(d)).toBe(false);
    jest.restoreAllMocks();
    await collections(ctx).leases.deleteMany();
    const wrong = new Error('wrong');
    failsFor([a], wrong);
    await expect(reconcileWallets({ ctx, signal })).rejects.toBe(wrong);
    expect(await proved(b)).toBe(false);
  });
});

test('a company without a wallet does not drift', async () => {
  const { id } = await makeCompany(ctx);
  await collections(ctx).ledgerPages.deleteMany({ company_id: id });
  expect(await reconcileWallets({ ctx, signal })).toBe('done');
});

test('reservations for revocations that cost something are explained, too', async () => {
  const company = await makeCompany(ctx);
  const priced = { ...ctx.config.prices, attestr_revocation: 7 };
  const consentId = await makeConsent(ctx, company.id);
  const by = { region: 'default', companyId: company.id, caller: CALLER } as const;
  await revokeConsent({
    ...by,
    ctx: { ...ctx, config: { ...ctx.config, prices: priced } },
    consentId,
  });
  expect((await walletOf(ctx, company.id))?.reserved_microusd).toBe(7);
  expect(await reconcileWallets({ ctx, signal })).toBe('done');
});

test('stops when told to', async () => {
  await makeCompany(ctx);
  await expect(reconcileWallets({ ctx, signal: AbortSignal.abort() })).rejects.toThrow();
});
