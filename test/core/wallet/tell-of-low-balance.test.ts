import type { Context } from '../../../src/context';
import { openContext } from '../../helpers/context';
import { openMail } from '../../../src/core/messages/sealed-mail';
import { reconcileWallets } from '../../../src/core/wallet/reconcile-wallets';
import { tellOfLowBalance } from '../../../src/core/wallet/tell-of-low-balance';
import { collections } from '../../helpers/collections';
import { makeCompany, type TestCompany } from '../../helpers/company';
import { ensureIndexes } from '../../helpers/indexes';
import { testConfig } from '../../helpers/settings';
import { actions, makeUser } from '../users/scene';
import { moveMoney } from './ledger-scene';

const USD = 1_000_000;
const { signal } = new AbortController();

let ctx: Context;
let close: () => Promise<void>;
let company: TestCompany;
let admins: string[];

beforeAll(async () => {
  const config = testConfig({ SMTP_URL: 'smtp://127.0.0.1:1' });
  ({ ctx, close } = await openContext(config, 'worker'));
  await ensureIndexes(ctx);
});
afterAll(() => close());
beforeEach(async () => {
  for (const one of ['companies', 'walletProofs', 'leases', 'mails'] as const) {
    await collections(ctx)[one].deleteMany();
  }
  company = await makeCompany(ctx, { balanceMicrousd: 6 * USD, settings: { name: 'Söhne' } });
  const one = await makeUser(ctx, company);
  const two = await makeUser(ctx, company);
  await makeUser(ctx, company, 'viewer');
  admins = [one.email, two.email].sort();
});

const look = () => reconcileWallets({ ctx, signal });
const move = (microusd: number) =>
  moveMoney(ctx, company.id, microusd > 0 ? 'top_up' : 'check_match', microusd, new Date());
const mails = async () => {
  const found = await collections(ctx).mails.find().toArray();
  return found.map(({ _id, sealed, kind }) => ({ kind, ...openMail({ ctx, id: _id, sealed })! }));
};
const recipients = async () => (await mails()).map(({ to }) => to.value).sort();

test('each time a balance falls below the threshold all admins are told, once', async () => {
  await look();
  expect(await mails()).toEqual([]);
  await move(-1.5 * USD);
  await look();
  await look();
  expect(await recipients()).toEqual(admins);
  const [mail] = await mails();
  expect(mail).toMatchObject({ kind: 'notice', subject: 'The balance of Söhne is low' });
  for (const body of [mail?.text, mail?.html]) {
    expect(body).toContain('below $5.00');
    expect(body).toContain('$4.50');
  }
  await move(-USD);
  await look();
  expect(await mails()).toHaveLength(2);
  await move(5 * USD);
  await look();
  await move(-5 * USD);
  await look();
  expect(await mails()).toHaveLength(4);
  const told = (await actions(ctx, company)).filter((action) => action === 'wallet.low');
  expect(told).toHaveLength(2);
});

test('a new company is not told that it has no money yet, nor one whose threshold is 0', async () => {
  const poor = await makeCompany(ctx, { balanceMicrousd: 0 });
  await makeUser(ctx, poor);
  await look();
  await look();
  expect(await mails()).toEqual([]);
  await ctx.store.companies.update(company.id, { low_balance_microusd: 0 });
  await move(-6 * USD);
  await look();
  expect(await mails()).toEqual([]);
});

test('two processes that find it at once tell it once', async () => {
  await look();
  await move(-2 * USD);
  const before = (await ctx.store.walletProofs.find(company.id))!;
  const proof = { ...before, low_balance: true, reconciled_at: ctx.now() };
  const found = (await ctx.store.companies.find(company.id))!;
  const tell = () => tellOfLowBalance({ ctx, company: found, proof, availableMicrousd: 4 * USD });
  await Promise.all([tell(), tell(), tell()]);
  expect(await recipients()).toEqual(admins);
  // A process that was held up does not bring an older state back.
  await ctx.store.walletProofs.save({ ...before, reconciled_at: new Date(Date.now() + 60_000) });
  await tell();
  expect(await mails()).toHaveLength(2);
});

test('what cannot be written down is told by the next look', async () => {
  await look();
  await move(-2 * USD);
  const insert = jest.spyOn(ctx.store.mails, 'insert').mockRejectedValueOnce(new Error('lost'));
  await expect(look()).rejects.toThrow('lost');
  insert.mockRestore();
  expect(await mails()).toEqual([]);
  await look();
  await look();
  expect(await recipients()).toEqual(admins);
});
