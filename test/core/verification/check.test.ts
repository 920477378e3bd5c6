import type { Context } from '../../../src/context';
import { acquireKey } from '../../../src/core/idempotency/acquire-key';
import { revokeCertificate } from '../../../src/core/revocations/revoke-certificate';
import { type Check, createCheck } from '../../../src/core/verification/check';
import type { AskedCheck } from '../../../src/core/verification/arrived-check';
import { listEntries } from '../../../src/core/wallet/list-entries';
import { reserveFee } from '../../../src/core/wallet/reserve-fee';
import { openContext } from '../../helpers/context';
import type { Company } from '../../../src/store/companies';
import { collections } from '../../helpers/collections';
import {
  CALLER,
  CONSENT,
  makeCertificate,
  makeCompany,
  type TestCompany,
} from '../../helpers/company';
import { testConfig } from '../../helpers/settings';
import { movementsOf, walletOf } from '../../helpers/wallet';
import { ensureIndexes } from '../../helpers/indexes';
import { crashAt } from '../revocations/crash-at';

const PRICE = 15_000;

let ctx: Context;
let close: () => Promise<void>;
let check: Check;
let company: TestCompany;
let certificateId: string;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'web'));
  await ensureIndexes(ctx);
});
beforeEach(async () => {
  check = createCheck({ ctx });
  company = await makeCompany(ctx, { balanceMicrousd: 3 * PRICE });
  certificateId = (await makeCertificate(ctx, company)).id;
});
afterEach(() => jest.restoreAllMocks());
afterAll(() => close());

async function call(more: Partial<AskedCheck> = {}, by = company): Promise<AskedCheck> {
  const found = (await ctx.store.companies.find(by.id)) as Company;
  return {
    mode: 'match',
    certificateId,
    text: CONSENT,
    by: { company: found, caller: CALLER, election: ctx.store.election() },
    sharer: by.id,
    ...more,
  };
}

const chargesOf = async ({ id }: TestCompany = company) =>
  (await movementsOf(ctx, id)).filter(({ kind }) => kind.startsWith('check'));
const balanceOf = async ({ id }: TestCompany = company) =>
  (await walletOf(ctx, id))?.balance_microusd;
const hold = async () => {
  const acquired = await acquireKey({ ctx, scope: company.id, key: 'k', request: 'a' });
  if (!('heldKey' in acquired)) throw new Error('the key is answered already');
  return acquired.heldKey;
};

test.each([
  ['match', CONSENT, 'check_match'],
  ['partial-match', 'agree', 'check_partial_match'],
] as const)(
  'a %s is charged by one line that says what and who it was',
  async (mode, text, kind) => {
    const { answer, replayed } = await check(await call({ mode, text }));
    expect([answer.valid, replayed]).toEqual([true, false]);
    const certificate = await ctx.store.certificates.find(company.id, certificateId);
    expect(await chargesOf()).toEqual([
      {
        key: undefined,
        company_id: company.id,
        kind,
        amount_microusd: -PRICE,
        at: expect.any(Date),
        certificate_ref: certificate?.ledger_ref,
      },
    ]);
    const { entries } = await listEntries({ ctx, companyId: company.id, limit: 1 });
    expect(entries).toMatchObject([
      { certificate_id: certificateId, actor: 'system:test', ip: CALLER.ip },
    ]);
    expect(await balanceOf()).toBe(2 * PRICE);
  },
);

test('who was proved to one primary is not served by the next one, and pays nothing', async () => {
  const asked = await call();
  const by = { ...(await asked.by), election: ctx.store.election() - 1 };
  await expect(check({ ...asked, by })).rejects.toMatchObject({ code: 'unavailable' });
  expect(await chargesOf()).toEqual([]);
});

test('a certificate of an earlier release gets a name for the ledger', async () => {
  const { certificates } = collections(ctx);
  await certificates.updateOne({ _id: certificateId }, { $unset: { ledger_ref: 1 } });
  await check(await call());
  await check(await call());
  const named = await ctx.store.certificates.find(company.id, certificateId);
  expect(named?.ledger_ref).toMatch(/^crt_/);
  const refs = (await chargesOf()).map(({ certificate_ref }) => certificate_ref);
  expect(refs).toEqual([named?.ledger_ref, named?.ledger_ref]);
});

test('texts are read for those who can pay, and only where their hashes do not do', async () => {
  const withTexts = jest.spyOn(ctx.store.certificates, 'withTexts');
  expect((await check(await call())).answer.valid).toBe(true);
  expect((await check(await call({ text: 'something else' }))).answer.valid).toBe(false);
  expect(withTexts).not.toHaveBeenCalled();
  const term = await call({ mode: 'partial-match', text: 'RECEIVE calls' });
  const poor = await makeCompany(ctx, { balanceMicrousd: 0 });
  const theirs = (await makeCertificate(ctx, poor)).id;
  const unpaid = await call({ mode: 'partial-match', certificateId: theirs }, poor);
  const outcomes = await Promise.allSettled([check(unpaid), check(term)]);
  expect(outcomes).toMatchObject([
    { reason: { code: 'insufficient_balance' } },
    { value: { answer: { valid: true } } },
  ]);
  expect(withTexts.mock.calls.map(([ids]) => ids)).toEqual([[certificateId]]);
});

test('a certificate of an earlier release is compared by its texts', async () => {
  const { certificates } = collections(ctx);
  const unhashed = { $unset: { 'consents.$[].match_hash': 1 } };
  await certificates.updateOne({ _id: certificateId }, unhashed as object);
  expect((await check(await call())).answer.valid).toBe(true);
  expect((await check(await call({ text: 'something else' }))).answer.valid).toBe(false);
});

test('a third party pays itself, once the originator allows it', async () => {
  const input = { third_party_verification_enabled: true, authorized_third_parties: [company.id] };
  const originator = await makeCompany(ctx, { settings: input });
  const { id } = await makeCertificate(ctx, originator);
  const asked = { certificateId: id, originatorCompanyId: originator.id };
  const { answer } = await check(await call(asked));
  expect(answer.verification_type).toBe('third_party');
  expect([(await chargesOf()).length, (await chargesOf(originator)).length]).toEqual([1, 0]);
  const stranger = await makeCompany(ctx);
  const refused = { code: 'third_party_refused' };
  await expect(check(await call(asked, stranger))).rejects.toMatchObject(refused);
  expect(await chargesOf(stranger)).toEqual([]);
});

test('under a key the line is named after its operation, and the answer kept with it', async () => {
  const heldKey = await hold();
  const { answer } = await check(await call({ heldKey }));
  expect(await chargesOf()).toMatchObject([{ key: `check:${heldKey.operationId}` }]);
  expect(await collections(ctx).idempotency.findOne({ _id: heldKey.id })).toMatchObject({
    state: 'done',
    response: { status: 200, body: JSON.stringify(answer) },
  });
});

test('the first answer is repeated without money, unless it was revoked since', async () => {
  const poor = await makeCompany(ctx, { balanceMicrousd: 0 });
  const { id } = await makeCertificate(ctx, poor);
  const replay = { status: 200, body: '{"valid":false}' };
  const again = await call({ certificateId: id, replay }, poor);
  expect(await check(again)).toEqual({ answer: { valid: false }, replayed: true });
  const unknown = await check({ ...again, certificateId: 'EC-none' });
  expect(unknown.replayed).toBe(true);
  const by = { ctx, companyId: poor.id, method: 'api' as const, caller: CALLER };
  await revokeCertificate({ ...by, certificateId: id });
  await expect(check(again)).rejects.toMatchObject({ code: 'opted_out' });
  expect(await chargesOf(poor)).toEqual([]);
});

test('of calls at once those are served that the money reaches, in order of arrival', async () => {
  const rich = await makeCompany(ctx);
  const theirs = (await makeCertificate(ctx, rich)).id;
  const calls = [
    ...(await Promise.all(Array.from({ length: 4 }, () => call()))),
    await call({ certificateId: theirs }, rich),
    await call({ certificateId: 'EC-none' }),
  ];
  const outcomes = (await Promise.allSettled(calls.map((one) => check(one)))).map((outcome) =>
    outcome.status === 'fulfilled' ? 'served' : (outcome.reason as { code: string }).code,
  );
  expect(outcomes).toEqual([
    ...['served', 'served', 'served', 'insufficient_balance'],
    ...['served', 'certificate_not_found'],
  ]);
  expect([await balanceOf(), (await chargesOf()).length]).toEqual([0, 3]);
  expect((await chargesOf(rich)).length).toBe(1);
});

test('what is reserved pays for no check', async () => {
  await ctx.store.transaction((session) =>
    reserveFee({ ctx, companyId: company.id, feeMicrousd: 2 * PRICE + 1, session }),
  );
  await expect(check(await call())).rejects.toMatchObject({ code: 'insufficient_balance' });
  expect(await chargesOf()).toEqual([]);
});

test('a company whose wallet is not there yet is told to try again', async () => {
  await collections(ctx).ledgerPages.deleteMany({ company_id: company.id });
  await expect(check(await call())).rejects.toMatchObject({ code: 'unavailable' });
});

describe('nothing stands', () => {
  test('when its page cannot be written', async () => {
    jest.spyOn(ctx.store.ledgerPages, 'insert').mockRejectedValue(new Error('wrong'));
    await expect(check(await call())).rejects.toThrow('wrong');
    expect([await balanceOf(), await chargesOf()]).toEqual([3 * PRICE, []]);
  });

  test('when the lease of a key has passed to another', async () => {
    const heldKey = await hold();
    const lost = await call({ heldKey: { ...heldKey, lease: 'of another' } });
    await expect(check(lost)).rejects.toMatchObject({ code: 'unavailable' });
    expect([await balanceOf(), await chargesOf()]).toEqual([3 * PRICE, []]);
  });

  test('for a call whose key has passed on; the others in its group are served', async () => {
    const heldKey = await hold();
    const lost = await call({ heldKey: { ...heldKey, lease: 'of another' } });
    const outcomes = await Promise.allSettled([check(await call()), check(lost)]);
    expect(outcomes).toMatchObject([{ status: 'fulfilled' }, { reason: { code: 'unavailable' } }]);
    expect([await balanceOf(), (await chargesOf()).length]).toEqual([2 * PRICE, 1]);
  });

  test('when the process dies before the commit', async () => {
    const dying = createCheck({ ctx: crashAt(ctx, 'check.charging') });
    await expect(dying(await call())).rejects.toThrow('crash');
    expect([await balanceOf(), await chargesOf()]).toEqual([3 * PRICE, []]);
  });
});

test('one call that cannot be judged fails alone', async () => {
  const broken = (await makeCertificate(ctx, company)).id;
  const { certificates } = collections(ctx);
  await certificates.updateOne({ _id: broken }, { $set: { consents: null as never } });
  const calls = [await call({ certificateId: broken }), await call(), await call()];
  const [wrong, ...right] = await Promise.allSettled(calls.map((one) => check(one)));
  expect(wrong).toMatchObject({ status: 'rejected', reason: expect.any(TypeError) });
  expect(right.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
  expect((await chargesOf()).length).toBe(2);
});

test('where MongoDB is away, all fail at once, and nobody is tried again alone', async () => {
  const away = Object.assign(new Error('gone'), { name: 'MongoNetworkError' });
  const transaction = jest.spyOn(ctx.store, 'transaction').mockRejectedValue(away);
  const calls = [await call(), await call()];
  const outcomes = await Promise.allSettled(calls.map((one) => check(one)));
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(transaction).toHaveBeenCalledTimes(1);
});

test('charges are counted, and how many calls shared a transaction', async () => {
  const sum = async (name: 'charges' | 'chargedMicrousd') => {
    const { values } = await ctx.metrics[name].get();
    return values.find(({ labels }) => labels.kind === 'check_match')?.value ?? 0;
  };
  const groups = async () => {
    const { values } = await ctx.metrics.groupCommitSize.get();
    const ofChecks = values.filter(({ labels }) => labels.batch === 'checks');
    return ofChecks.find(({ metricName }) => metricName?.endsWith('_sum'))?.value ?? 0;
  };
  const before = [await sum('charges'), await sum('chargedMicrousd'), await groups()] as const;
  const calls = [await call(), await call()];
  await Promise.all(calls.map((one) => check(one)));
  expect(await sum('charges')).toBe(before[0] + 2);
  expect(await sum('chargedMicrousd')).toBe(before[1] + 2 * PRICE);
  expect(await groups()).toBe(before[2] + 2);
});
