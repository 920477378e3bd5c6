import type { Context } from '../../../src/context';
import type { MatchMode } from '../../../src/core/certificates/find-consent';
import { updateCompany } from '../../../src/core/companies/update-company';
import { plainContact } from '../../../src/core/contacts/contact';
import { normalizeIdentifiers } from '../../../src/core/identifiers';
import { revokeByIdentifiers } from '../../../src/core/revocations/revoke-by-identifiers';
import type { AskedContactCheck } from '../../../src/core/verification/arrived-check';
import { createCheck } from '../../../src/core/verification/check';
import type { Company } from '../../../src/store/companies';
import { collections } from '../../helpers/collections';
import {
  CALLER,
  CONSENT,
  makeCertificate,
  makeCompany,
  type TestCompany,
} from '../../helpers/company';
import { openTwoContexts } from '../../helpers/context';
import type { Receiver } from '../../helpers/receiver';
import { listen, tellNow } from '../../helpers/webhooks';
import { wipeRedis } from '../../workers/wipe';

const EMAIL = 'jo@example.com';

let ctx: Context;
let beside: { ctx: Context };
let close: () => Promise<void>;
let owner: TestCompany;
let party: TestCompany;
let other: TestCompany;
let receiver: Receiver;
let checks: ReturnType<typeof createCheck>[];

beforeAll(async () => {
  ({ ctx, beside, close } = await openTwoContexts());
  checks = [ctx, beside.ctx].map((of) => createCheck({ ctx: of }));
});
beforeEach(async () => {
  owner = await makeCompany(ctx);
  party = await makeCompany(ctx);
  other = await makeCompany(ctx);
  await authorize([party.id, other.id]);
  receiver = await listen(ctx, party);
});
afterEach(async () => {
  await receiver.close();
  await wipeRedis(ctx);
});
afterAll(() => close());

const authorize = (parties: string[], enabled = true) =>
  updateCompany({
    ctx,
    companyId: owner.id,
    caller: CALLER,
    input: {
      third_party_verification_enabled: enabled,
      authorized_third_parties: parties,
    },
  });

async function asked(by: TestCompany) {
  const company = (await ctx.store.companies.find(by.id)) as Company;
  const identity = { company, caller: CALLER, election: ctx.store.election() };
  return { by: identity, sharer: by.id, originatorCompanyId: owner.id };
}
async function check(
  certificateId: string,
  by = party,
  mode: MatchMode = 'match',
  of = checks[0]!,
) {
  const { answer } = await of({ mode, certificateId, text: CONSENT, ...(await asked(by)) });
  expect(answer.valid).toBe(true);
}
async function checkContact(email: string, by = party): Promise<boolean> {
  const identifiers = plainContact({ ctx, identifiers: normalizeIdentifiers({ email }) });
  const call: AskedContactCheck = {
    mode: 'contact',
    contact: { identifiers },
    ...(await asked(by)),
  };
  return (await checks[0]!(call)).answer.allowed;
}
const certificate = (email: string = EMAIL) => makeCertificate(ctx, owner, { email });
const revoke = (identifiers: object, more: object = {}) =>
  revokeByIdentifiers({
    ctx,
    companyId: owner.id,
    identifiers,
    method: 'api',
    caller: CALLER,
    ...more,
  });
const told = () => receiver.received.map(({ event }) => ({ type: event.type, ...event.data }));

test('a third party is told of just what it checked: by a match, a part of it, or a contact', async () => {
  const matched = await certificate();
  const partly = await certificate();
  await certificate();
  const others = await certificate();
  await check(matched.id);
  await check(matched.id);
  await check(partly.id, party, 'partial-match');
  await check(others.id, other);
  const { revocation_id } = await revoke({ email: EMAIL });
  const contacted = await certificate('ann@example.com');
  expect(await checkContact('ann@example.com')).toBe(true);
  expect(await checkContact('nobody@example.com')).toBe(false);
  await revoke({ email: 'ann@example.com' });
  await tellNow(ctx);
  const all = told();
  expect(all).toEqual([
    {
      type: 'certificate.revoked',
      revocation_id,
      originator_company_id: owner.id,
      method: 'api',
      channels: ['call', 'text', 'email'],
      revoked_at: expect.any(String),
      certificate_ids: [matched.id, partly.id].sort(),
    },
    expect.objectContaining({ certificate_ids: [contacted.id] }),
  ]);
});

test('two processes that check for the first time at once note it, once, and both are answered', async () => {
  const one = await certificate();
  await Promise.all(checks.map((of) => check(one.id, party, 'match', of)));
  await Promise.all(checks.map((of, i) => check(one.id, [party, other][i], 'match', of)));
  const { checked_by } = (await collections(ctx).certificates.findOne({ _id: one.id }))!;
  expect(checked_by?.sort()).toEqual([party.id, other.id].sort());
  await revoke({ certificate_id: one.id });
  await tellNow(ctx);
  await tellNow(ctx);
  expect(told()).toMatchObject([{ certificate_ids: [one.id] }]);
});

test('opting out of a channel is told, too, and by which file it was is not', async () => {
  const one = await certificate();
  await check(one.id);
  await revoke({ certificate_id: one.id }, { channels: ['text'] });
  await tellNow(ctx);
  expect(told()).toMatchObject([{ channels: ['text'] }]);
  expect(told()[0]).not.toHaveProperty('batch_id');
});

test.each([
  ['is no longer authorised', () => authorize([other.id])],
  ['may no longer verify', () => authorize([party.id], false)],
])('who %s is not told', async (_, change) => {
  const one = await certificate();
  await check(one.id);
  await listen(ctx, owner).then((own) => own.close());
  await change();
  await revoke({ certificate_id: one.id });
  await tellNow(ctx);
  expect(told()).toEqual([]);
});

test('who is authorised and checks at once is told, whatever other processes knew', async () => {
  await authorize([]);
  const one = await certificate();
  // From now on both know that nobody listens.
  for (const each of [ctx, beside.ctx]) await makeCertificate(each, owner);
  await authorize([party.id]);
  await check(one.id);
  await revoke({ certificate_id: one.id }, { ctx: beside.ctx });
  await tellNow(ctx);
  expect(told()).toMatchObject([{ certificate_ids: [one.id] }]);
});
