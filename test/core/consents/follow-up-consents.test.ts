import {
  createFinishConsents,
  type FinishConsent,
} from '../../../src/core/consents/finish-consents-together';
import { followUpConsents } from '../../../src/core/consents/follow-up-consents';
import { revokeConsent } from '../../../src/core/consents/revoke-consent';
import type { Context } from '../../../src/context';
import { companyOfJob } from '../../../src/core/jobs/companies-of-jobs';
import { openContext } from '../../helpers/context';
import { collections } from '../../helpers/collections';
import { CALLER, makeCompany, type TestCompany } from '../../helpers/company';
import { testConfig } from '../../helpers/settings';
import { movementsOf, walletOf } from '../../helpers/wallet';
import { ensureIndexes } from '../../helpers/indexes';
import { wipeRedis } from '../../workers/wipe';
import { makeConsent } from './scene';

const PRICE = 30_000;

let ctx: Context;
let close: () => Promise<void>;
let company: TestCompany;
let other: TestCompany;

beforeAll(async () => {
  const settings = { PRICE_ATTESTR_REVOCATION_MICROUSD: String(PRICE) };
  ({ ctx, close } = await openContext(testConfig(settings), 'worker'));
  await ensureIndexes(ctx);
});
beforeEach(async () => {
  company = await makeCompany(ctx, { balanceMicrousd: 10 * PRICE });
  other = await makeCompany(ctx, { balanceMicrousd: 10 * PRICE });
});
afterEach(async () => {
  jest.restoreAllMocks();
  await ctx.outbox.drain();
  await wipeRedis(ctx);
});
afterAll(() => close());

/** The id of a revocation whose fee is reserved. */
async function revoked(of = company): Promise<string> {
  const by = { ctx, region: 'default', companyId: of.id, caller: CALLER } as const;
  const consentId = await makeConsent(ctx, of.id);
  return (await revokeConsent({ ...by, consentId })).revocation_id!;
}

const finisher = () => createFinishConsents({ ctx, region: 'default' });
const followUp = (revocationIds: string[], finish: FinishConsent = finisher()) =>
  followUpConsents({ ctx, region: 'default', finish, revocationIds });
const stateOf = async (id: string) => (await ctx.store.consentRevocations.find(id))?.state;
const debits = async (of = company) =>
  (await movementsOf(ctx, of.id)).filter(({ kind }) => kind === 'attestr_revocation');

test('those of a company in a job are debited and completed in one transaction, by one page', async () => {
  const ids = [await revoked(), await revoked(other), await revoked(), await revoked()];
  const transaction = jest.spyOn(ctx.store.regions.default, 'transaction');
  const pages = jest.spyOn(ctx.store.ledgerPages, 'insert');
  expect(await followUp(ids)).toBe('done');
  expect(transaction).toHaveBeenCalledTimes(2);
  expect(pages.mock.calls.map(([written]) => written.length)).toEqual([1, 1]);
  const keys = (await debits()).map(({ key }) => key).sort();
  expect(keys).toEqual([ids[0], ids[2], ids[3]].map((id) => `revoke:${id!}`).sort());
  const left = { balance_microusd: 7 * PRICE, reserved_microusd: 0 };
  expect(await walletOf(ctx, company.id)).toMatchObject(left);
  expect(await debits(other)).toHaveLength(1);
  expect(await followUp(ids)).toBe('already_done');
  expect(await followUp(['crv_none'])).toBe('gone');
  expect(await debits()).toHaveLength(3);
});

test('one that fails does not hold up the others, and alone has a job of its own', async () => {
  const [bad, ...good] = [await revoked(other), await revoked(), await revoked()];
  await ctx.outbox.drain();
  await wipeRedis(ctx);
  await collections(ctx).ledgerPages.deleteMany({ company_id: other.id });
  expect(await followUp([bad, ...good])).toBe('split');
  expect(await Promise.all(good.map(stateOf))).toEqual(['completed', 'completed']);
  expect(await stateOf(bad)).toBe('recorded');
  const waiting = await ctx.queues.byName['opt-outs'].getWaiting();
  const own = { region: 'default', revocation_id: bad };
  expect(waiting.map(({ name, data }) => [name, data as unknown])).toEqual([
    ['follow-up-consent', own],
  ]);
  await expect(followUp([bad])).rejects.toMatchObject({ code: 'company_not_found' });
});

test('a company whose wallet cannot be written holds up no other', async () => {
  const [theirs, ...ours] = [await revoked(other), await revoked(), await revoked()];
  const append = ctx.store.ledger.append.bind(ctx.store.ledger);
  jest
    .spyOn(ctx.store.ledger, 'append')
    .mockImplementation((pages, session) =>
      pages.some(({ company_id }) => company_id === other.id)
        ? Promise.reject(Object.assign(new Error('gone'), { name: 'MongoNetworkError' }))
        : append(pages, session),
    );
  await expect(followUp([theirs, ...ours])).rejects.toThrow('gone');
  expect(await Promise.all(ours.map(stateOf))).toEqual(['completed', 'completed']);
  expect(await stateOf(theirs)).toBe('recorded');
  jest.restoreAllMocks();
  expect(await followUp([theirs, ...ours])).toBe('done');
});

test('two workers with the same job debit each fee once', async () => {
  const ids = [await revoked(), await revoked(), await revoked(other)];
  const outcomes = await Promise.all([followUp(ids), followUp(ids)]);
  // Each of them may have been first at one of the companies.
  expect(outcomes).toContain('done');
  for (const outcome of outcomes) expect(['done', 'already_done']).toContain(outcome);
  expect([(await debits()).length, (await debits(other)).length]).toEqual([2, 1]);
});

test('a job is of a company if all that it carries is', async () => {
  const [a, b, theirs] = [await revoked(), await revoked(), await revoked(other)];
  const companyOf = (...ids: string[]) => {
    const payload = { region: 'default', revocation_ids: ids };
    return companyOfJob({ ctx, job: { kind: 'follow-up-consent', payload } });
  };
  expect(await companyOf(a, b)).toBe(company.id);
  expect(await companyOf(a, theirs)).toBeNull();
});
