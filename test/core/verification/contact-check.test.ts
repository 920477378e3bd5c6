import type { Context } from '../../../src/context';
import { plainContact } from '../../../src/core/contacts/contact';
import { acquireKey } from '../../../src/core/idempotency/acquire-key';
import { normalizeIdentifiers } from '../../../src/core/identifiers';
import type { AskedContactCheck } from '../../../src/core/verification/arrived-check';
import { type Check, createCheck } from '../../../src/core/verification/check';
import { contactText } from '../../../src/core/verification/commitment';
import { readCheckReceiptId } from '../../../src/core/verification/receipt-id';
import { commitmentTo } from '../../../src/lib/commitments';
import type { Company } from '../../../src/store/companies';
import { collections } from '../../helpers/collections';
import {
  CALLER,
  CONSENT,
  makeCertificate,
  makeCompany,
  type TestCompany,
} from '../../helpers/company';
import { openContext } from '../../helpers/context';
import { ensureIndexes } from '../../helpers/indexes';
import { testConfig } from '../../helpers/settings';
import { movementsOf, walletOf } from '../../helpers/wallet';
import { crashAt } from '../revocations/crash-at';

const PRICE = 15_000;
const EMAIL = 'jo@example.com';

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
  certificateId = (await makeCertificate(ctx, company, { email: EMAIL })).id;
});
afterEach(() => jest.restoreAllMocks());
afterAll(() => close());

const contactOf = (email: string) => ({
  identifiers: plainContact({ ctx, identifiers: normalizeIdentifiers({ email }) }),
});
async function identity(by = company) {
  const found = (await ctx.store.companies.find(by.id)) as Company;
  return { company: found, caller: CALLER, election: ctx.store.election() };
}
async function call(
  more: Partial<AskedContactCheck> = {},
  by = company,
): Promise<AskedContactCheck> {
  return {
    mode: 'contact',
    contact: contactOf(EMAIL),
    by: await identity(by),
    sharer: by.id,
    ...more,
  };
}
const pages = (by = company) => collections(ctx).ledgerPages.find({ company_id: by.id }).toArray();
const kindsOf = async (by = company) =>
  (await movementsOf(ctx, by.id)).map(({ kind }) => kind).filter((kind) => kind !== 'top_up');
const balanceOf = async () => (await walletOf(ctx, company.id))?.balance_microusd;
const hold = async () => {
  const acquired = await acquireKey({ ctx, scope: company.id, key: 'k', request: 'a' });
  if (!('heldKey' in acquired)) throw new Error('the key is answered already');
  return acquired.heldKey;
};

test('checks of both kinds share a transaction and a ledger page', async () => {
  const transaction = jest.spyOn(ctx.store, 'transaction');
  const match = { mode: 'match', certificateId, text: CONSENT, sharer: company.id } as const;
  const [contact, certificate, stranger] = await Promise.all([
    check(await call()),
    check({ ...match, by: await identity() }),
    check(await call({ contact: contactOf('nobody@example.com') })),
  ]);
  expect(contact.answer).toMatchObject({ allowed: true, certificate_id: certificateId });
  expect(certificate.answer).toMatchObject({ valid: true });
  expect(stranger.answer).toMatchObject({ allowed: false, reason: 'no_consent' });
  expect((await kindsOf()).sort()).toEqual(['check_match', 'contact_check', 'contact_check']);
  expect(transaction.mock.calls.length).toBeLessThanOrEqual(2);
  expect(await balanceOf()).toBe(0);
});

test('the ledger has a commitment, another one each time, and nothing of the person', async () => {
  const heldKey = await hold();
  const checked = [await check(await call()), await check(await call({ heldKey }))];
  const lines = (await pages()).flatMap((page) => page.lines);
  const commitments = lines.flatMap((line) => line.commitments ?? []);
  expect(new Set(commitments).size).toBe(2);
  for (const { receiptId } of checked) {
    const { salt } = readCheckReceiptId(company.id, receiptId!)!;
    const opens = (email: string) =>
      commitments.includes(commitmentTo({ salt: salt!, value: contactText(contactOf(email)) }));
    expect([opens(EMAIL), opens('x@example.com')]).toEqual([true, false]);
    expect(JSON.stringify(lines)).not.toContain(salt);
  }
  const text = JSON.stringify(lines);
  for (const hash of contactOf(EMAIL).identifiers.flatMap(({ hashes }) => hashes)) {
    expect(text).not.toContain(hash);
  }
  expect(text).not.toContain('jo@');
  expect((await movementsOf(ctx, company.id)).map(({ key }) => key)).toContain(
    `check:${heldKey.operationId}`,
  );
});

test.each(['check.completing', 'check.charging'])(
  'nothing stands when the process dies at %s; the next try is charged once',
  async (step) => {
    const heldKey = await hold();
    const dying = createCheck({ ctx: crashAt(ctx, step) });
    await expect(dying(await call({ heldKey }))).rejects.toThrow('crash');
    expect([await balanceOf(), await kindsOf()]).toEqual([3 * PRICE, []]);
    expect((await check(await call({ heldKey }))).answer.allowed).toBe(true);
    expect([await balanceOf(), await kindsOf()]).toEqual([2 * PRICE, ['contact_check']]);
  },
);

test('what is read waits until it is known who asks; who is refused is not answered', async () => {
  const read = jest.spyOn(ctx.store.certificates, 'findForContacts');
  const by = Promise.reject<Awaited<AskedContactCheck['by']>>(new Error('not them'));
  await expect(check(await call({ by }))).rejects.toThrow('not them');
  expect(read).not.toHaveBeenCalled();
  const { answer } = await check(await call({ by: identity() }));
  expect(answer.allowed).toBe(true);
});

test('of calls at once those are served that the money reaches', async () => {
  const calls = await Promise.all(Array.from({ length: 5 }, () => call()));
  const outcomes = await Promise.allSettled(calls.map((one) => check(one)));
  expect(outcomes.map(({ status }) => status)).toEqual([
    ...['fulfilled', 'fulfilled', 'fulfilled'],
    ...['rejected', 'rejected'],
  ]);
  expect([await balanceOf(), (await kindsOf()).length]).toEqual([0, 3]);
});

test('charges of contact checks are counted by their kind', async () => {
  const counted = async () => {
    const { values } = await ctx.metrics.charges.get();
    return values.find(({ labels }) => labels.kind === 'contact_check')?.value ?? 0;
  };
  const before = await counted();
  await check(await call());
  expect(await counted()).toBe(before + 1);
});
