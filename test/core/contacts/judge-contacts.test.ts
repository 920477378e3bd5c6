import type { Context } from '../../../src/context';
import { type AskedContact, hashedContact, plainContact } from '../../../src/core/contacts/contact';
import { judgeContacts } from '../../../src/core/contacts/judge-contacts';
import { normalizeIdentifiers } from '../../../src/core/identifiers';
import { digestsOf } from '../../../src/core/identifiers/digests';
import { revokeByIdentifiers } from '../../../src/core/revocations/revoke-by-identifiers';
import { revokeCertificate } from '../../../src/core/revocations/revoke-certificate';
import { rememberOptOut } from '../../../src/core/suppressions/remember-opt-out';
import { DAY_MS } from '../../../src/lib/durations';
import type { Certificate, Channel } from '../../../src/store/certificates';
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

let ctx: Context;
let close: () => Promise<void>;
let company: TestCompany;
/** Others in each test, as some is remembered for the whole service. */
let people = 0;
let JO: { email: string };
let JOS_PHONE: { mobile: string };

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'web'));
  await ensureIndexes(ctx);
});
beforeEach(async () => {
  company = await makeCompany(ctx);
  people += 1;
  JO = { email: `jo${String(people)}@example.com` };
  JOS_PHONE = { mobile: `+141555501${String(people).padStart(2, '0')}` };
});
afterEach(() => jest.restoreAllMocks());
afterAll(() => close());

const daysAgo = (days: number) => new Date(ctx.now().getTime() - days * DAY_MS);

type Who = Parameters<typeof normalizeIdentifiers>[0];
type More = Omit<AskedContact, 'identifiers'>;

const asked = (who: Who, more: More = {}): AskedContact => ({
  identifiers: plainContact({ ctx, identifiers: normalizeIdentifiers(who) }),
  ...more,
});
async function judge(who: Who, more: More = {}) {
  const contacts = [asked(who, more)];
  const [answer] = await judgeContacts({ ctx, companyId: company.id, contacts });
  return answer!;
}
const register = (who: Who, givenAt?: Date, { type = 'tcpa', text = CONSENT } = {}) =>
  makeCertificate(ctx, company, { ...who, consents: [{ type, text, given_at: givenAt }] });

/** Remembers without touching any certificate. */
const remember = (
  who: Who,
  at: Date,
  { of = company.id, channels }: { of?: string | null; channels?: Channel[] } = {},
) =>
  ctx.store.transaction((session) =>
    rememberOptOut({
      ctx,
      session,
      companyId: of,
      digests: digestsOf(normalizeIdentifiers(who)),
      request: { _id: 'rev_1', method: 'api', requested_at: at, ...(channels && { channels }) },
    }),
  );
const change = (id: string, set: object) =>
  collections(ctx).certificates.updateOne({ _id: id }, { $set: set });

const REFUSED = { allowed: false, certificate_id: null, consent_opt_in: null };

test('whoever has consented may be contacted, by the newest consent', async () => {
  await register(JO, daysAgo(3));
  const { id } = await register(JO, daysAgo(1));
  await register(JO, daysAgo(2));
  expect(await judge({ email: ` ${JO.email.toUpperCase()}` })).toEqual({
    allowed: true,
    reason: 'consented',
    certificate_id: id,
    consent_opt_in: expect.any(String),
    consent_types: ['tcpa'],
    opted_out_at: null,
    checked_at: expect.any(String),
  });
});

test('of a stranger nothing is said, nor looked up, whatever is remembered', async () => {
  const find = jest.spyOn(ctx.store.suppressions, 'find');
  const { checked_at: _, ...before } = await judge(JO);
  await remember(JO, daysAgo(1));
  await remember(JO, daysAgo(1), { of: null });
  const { checked_at: __, ...after } = await judge(JO);
  expect(JSON.stringify(after)).toBe(JSON.stringify(before));
  expect(after).toEqual({
    ...REFUSED,
    reason: 'no_consent',
    consent_types: [],
    opted_out_at: null,
  });
  expect(find).not.toHaveBeenCalled();
});

test('whose certificates are all revoked has opted out, at the newest time', async () => {
  const first = await register(JO);
  const second = await register(JO);
  const by = { ctx, companyId: company.id, method: 'api' as const, caller: CALLER };
  await revokeCertificate({ ...by, certificateId: first.id });
  expect(await judge(JO)).toMatchObject({ allowed: true, certificate_id: second.id });
  await revokeByIdentifiers({ ...by, identifiers: JO });
  const { opt_out } = (await ctx.store.certificates.find(company.id, second.id)) as Certificate;
  expect(await judge(JO)).toMatchObject({
    ...REFUSED,
    reason: 'opted_out',
    opted_out_at: opt_out.revoked_at?.toISOString(),
  });
});

test('consent that is newer than an opt-out holds, at the same instant it does not', async () => {
  const { id } = await register(JO, daysAgo(2));
  await remember(JO, daysAgo(3));
  expect(await judge(JO)).toMatchObject({ reason: 'consented' });
  const { consented_at } = (await ctx.store.certificates.find(company.id, id)) as Certificate;
  await remember(JO, consented_at!);
  const opted_out_at = consented_at!.toISOString();
  expect(await judge(JO)).toMatchObject({ reason: 'opted_out', opted_out_at });
  await register(JO, daysAgo(1));
  expect(await judge(JO)).toMatchObject({ reason: 'consented' });
});

test('an older release has no time of consent: that of the registration counts', async () => {
  const { id } = await register(JO, daysAgo(5));
  await collections(ctx).certificates.updateOne({ _id: id }, { $unset: { consented_at: 1 } });
  await remember(JO, daysAgo(1));
  expect(await judge(JO)).toMatchObject({ reason: 'consented' });
});

test('an opt-out of some channels is one for them, and for whoever asks for all', async () => {
  await register(JO, daysAgo(2));
  await remember(JO, daysAgo(1), { channels: ['call'] });
  const reasons = async () =>
    Promise.all(
      (['call', 'text', 'email', undefined] as const).map(
        async (channel) => (await judge(JO, { channel })).reason,
      ),
    );
  expect(await reasons()).toEqual(['opted_out', 'consented', 'consented', 'opted_out']);
  // The same of what stands in the certificate itself.
  const { id } = await register(JO, daysAgo(0.5));
  const at = daysAgo(0.1);
  const requests = [{ revocation_id: 'rev_2', method: 'api', at, channels: ['text'] }];
  await change(id, { 'opt_out.channels': ['text'], 'opt_out.requests': requests });
  expect(await reasons()).toEqual(['consented', 'consented', 'consented', 'opted_out']);
  const answer = await judge(JO);
  expect(answer.opted_out_at).toBe(at.toISOString());
});

test('live consent of another type or without the term is other consent', async () => {
  await register(JO, daysAgo(2), { type: 'calls', text: 'Yes to CALLS about Straße 1' });
  const newest = await register(JO, daysAgo(1), { type: 'texts', text: 'Yes to texts' });
  expect(await judge(JO)).toMatchObject({ certificate_id: newest.id });
  expect(await judge(JO, { consentType: 'calls' })).toMatchObject({
    reason: 'consented',
    consent_types: ['calls'],
  });
  expect(await judge(JO, { consentType: 'faxes' })).toEqual({
    ...REFUSED,
    reason: 'other_consent',
    consent_types: ['texts', 'calls'],
    opted_out_at: null,
    checked_at: expect.any(String),
  });
  const terms = [
    [{ term: 'yes to' }, 'consented'],
    [{ term: 'calls ABOUT' }, 'consented'],
    [{ term: 'y.s' }, 'other_consent'],
    [{ term: 'calls', consentType: 'texts' }, 'other_consent'],
    [{ term: 'texts', consentType: 'texts' }, 'consented'],
  ] as const;
  for (const [more, reason] of terms) expect(await judge(JO, more)).toMatchObject({ reason });
  expect(await judge(JO, { term: 'yes to' })).toMatchObject({ certificate_id: newest.id });
});

describe('of two people, each has to agree', () => {
  const both = () => judge({ ...JO, ...JOS_PHONE });

  test('one of whom has opted out of all that there is', async () => {
    await register(JO);
    const { id } = await register(JOS_PHONE);
    expect(await both()).toMatchObject({ reason: 'consented', certificate_id: id });
    const by = { ctx, companyId: company.id, method: 'api' as const, caller: CALLER };
    await revokeByIdentifiers({ ...by, identifiers: JOS_PHONE });
    expect(await both()).toMatchObject({ reason: 'opted_out' });
    expect(await judge(JO)).toMatchObject({ reason: 'consented' });
  });

  test('one of whom is a stranger who has told this company so', async () => {
    await register(JO, daysAgo(2));
    expect(await both()).toMatchObject({ reason: 'consented' });
    const ofOld = daysAgo(3);
    await remember(JOS_PHONE, ofOld, { channels: ['call'] });
    const opted_out_at = ofOld.toISOString();
    expect(await both()).toMatchObject({ allowed: false, reason: 'opted_out', opted_out_at });
    const text = { channel: 'text' } as const;
    expect(await judge({ ...JO, ...JOS_PHONE }, text)).toMatchObject({ reason: 'consented' });
    expect(await judge(JO)).toMatchObject({ reason: 'consented' });
    // Consent of the phone's own is another matter.
    await register(JOS_PHONE, daysAgo(2));
    expect(await both()).toMatchObject({ reason: 'consented' });
    await remember(JOS_PHONE, daysAgo(1));
    expect(await both()).toMatchObject({ reason: 'opted_out' });
  });

  test('what a stranger told the whole service is not shown', async () => {
    await register(JO, daysAgo(2));
    await remember(JOS_PHONE, daysAgo(1), { of: null });
    expect(await both()).toMatchObject({ reason: 'consented' });
    await remember(JO, daysAgo(1), { of: null });
    expect(await judge(JO)).toMatchObject({ reason: 'opted_out' });
  });
});

test('by their SHA-256 people are found, but for what earlier releases hashed', async () => {
  const { id } = await register(JO);
  const [digest] = digestsOf(normalizeIdentifiers(JO));
  const contacts = [{ identifiers: [hashedContact({ ctx, digest: digest! })] }];
  const byHash = () => judgeContacts({ ctx, companyId: company.id, contacts });
  expect(await byHash()).toMatchObject([{ certificate_id: id }]);
  await change(id, { email_hash: ctx.identifiers.current('email', JO.email) });
  expect(await byHash()).toMatchObject([{ reason: 'no_consent' }]);
  expect(await judge(JO)).toMatchObject({ certificate_id: id });
});

test('what a clean-up has left counts only where it proves an opt-out', async () => {
  const { id } = await register(JO);
  await change(id, { data: 'removed', consents: [] });
  expect(await judge(JO)).toMatchObject({ reason: 'no_consent' });
  await change(id, { 'opt_out.revoke': true, 'opt_out.revoked_at': daysAgo(1) });
  expect(await judge(JO)).toMatchObject({ reason: 'opted_out' });
});

test('a certificate in which nothing was agreed to allows nothing', async () => {
  await makeCertificate(ctx, company, { ...JO, consents: [] });
  expect(await judge(JO)).toMatchObject({ reason: 'other_consent', consent_types: [] });
});

test('many are judged in a few reads, each for their own company', async () => {
  const many = Array.from({ length: 30 }, (_, i) => ({ email: `p${String(i)}@example.com` }));
  const made = await Promise.all(many.slice(0, 20).map((who) => register(who)));
  const other = await makeCompany(ctx);
  await makeCertificate(ctx, other, many[25]);
  const read = jest.spyOn(ctx.store.certificates, 'findForContacts');
  const contacts = many.map((who) => asked(who));
  const answers = await judgeContacts({ ctx, companyId: company.id, contacts });
  expect(answers.map(({ certificate_id }) => certificate_id)).toEqual([
    ...made.map(({ id }) => id),
    ...Array.from({ length: 10 }, () => null),
  ]);
  expect(read).toHaveBeenCalledTimes(1);
});

test('somebody with very many certificates is read in part, and others in full', async () => {
  const { id } = await register(JO, daysAgo(30));
  const { certificates } = collections(ctx);
  const one = (await certificates.findOne({ _id: id }))!;
  const copies = Array.from({ length: 3_000 }, (_, i) => ({
    ...one,
    _id: `EC-many-${String(i)}`,
    session_id: `many-${String(i)}`,
    created_at: new Date(one.created_at.getTime() - i * 1_000),
    ledger_ref: `crt_many_${String(i)}`,
  }));
  await certificates.insertMany(copies);
  const others = Array.from({ length: 9 }, (_, i) => ({ email: `q${String(i)}@example.com` }));
  const made = await Promise.all(others.map((who) => register(who)));
  const read = jest.spyOn(ctx.store.certificates, 'findForContacts');
  const contacts = [...others.slice(0, 5), JO, ...others.slice(5)].map((who) => asked(who));
  const answers = await judgeContacts({ ctx, companyId: company.id, contacts });
  const ids = answers.map(({ certificate_id }) => certificate_id);
  expect(ids.filter((_, i) => i !== 5)).toEqual(made.map((each) => each.id));
  expect(answers[5]).toMatchObject({ reason: 'consented' });
  const found = await Promise.all(read.mock.results.map(({ value }) => value as Promise<[]>));
  expect(Math.max(...found.map((some) => some.length))).toBeLessThan(1_000);
  // The newest of hers alone.
  expect(found.flat().filter((each: Certificate) => each.created_at < daysAgo(1))).toEqual([]);
});
