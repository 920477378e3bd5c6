import {
  type CertificateFilter,
  countFound,
  matchingCertificates,
  searchCertificates,
} from '../../../src/core/certificates/search-certificates';
import { addProperty } from '../../../src/core/credentials/add-property';
import { revokeConsents } from '../../../src/core/portal/revoke-consents';
import { revokeByIdentifiers } from '../../../src/core/revocations/revoke-by-identifiers';
import type { Context } from '../../../src/context';
import { openContext } from '../../helpers/context';
import { certificateSearchStore } from '../../../src/store/certificate-search';
import { openConnection } from '../../../src/store/connection';
import { collections, database } from '../../helpers/collections';
import { CALLER, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { testConfig } from '../../helpers/settings';
import { ensureIndexes } from '../../helpers/indexes';

const BYSTANDERS = 3_000;
const PROFILE_EVERYTHING = 2;
const FROM = new Date('2026-01-01T00:00:00Z');

let ctx: Context;
let close: () => Promise<void>;
let company: TestCompany;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'web'));
  await ensureIndexes(ctx);
});
beforeEach(async () => {
  company = await makeCompany(ctx);
});
afterAll(() => close());

const page = (wish: Partial<CertificateFilter>, limit = 50, cursor?: string) =>
  searchCertificates({ ctx, companyId: company.id, wish: { text: '', ...wish }, limit, cursor });
const ids = async (wish: Partial<CertificateFilter>) =>
  (await page(wish)).certificates.map((certificate) => certificate.certificate_id);
const count = (wish: Partial<CertificateFilter>) =>
  countFound({ ctx, companyId: company.id, wish: { text: '', ...wish } });
const revoke = async (identifiers: { certificate_id: string }) => {
  const by = { ctx, companyId: company.id, method: 'api' as const, caller: CALLER };
  return (await revokeByIdentifiers({ ...by, identifiers })).revocation_id!;
};
const registeredAt = (id: string, at: Date) =>
  collections(ctx).certificates.updateOne({ _id: id }, { $set: { created_at: at } });

test('finds by the beginning of an id, a session or an email, in any case, and by a whole phone', async () => {
  const jo = await makeCertificate(ctx, company, {
    session_id: 'web-0042',
    email: 'Jo.Doe@Example.com',
  });
  const ann = await makeCertificate(ctx, company, {
    session_id: 'app:ann',
    email: 'zoe@bücher.example',
    mobile: '415 555 0100',
  });
  await makeCertificate(ctx, await makeCompany(ctx), { session_id: 'web-0042' });
  for (const text of [
    'web-',
    'web-0042',
    'EC-web',
    jo.id,
    'jo.d',
    ' JO.DOE@',
    'jo.doe@example.com',
  ]) {
    expect([text, await ids({ text })]).toEqual([text, [jo.id]]);
  }
  for (const text of ['app:', 'EC-app_', 'zoe@', 'zoe@bücher.example', '(415) 555-0100']) {
    expect([text, await ids({ text })]).toEqual([text, [ann.id]]);
  }
  for (const text of ['eb-0042', 'o.doe', 'web.', 'JO.DOE@X', '555 0100', '$', '.*', 'ec-web']) {
    expect([text, await ids({ text })]).toEqual([text, []]);
  }
  for (const text of ['', ' ', 'E', 'EC-']) {
    expect([text, await ids({ text })]).toEqual([text, [ann.id, jo.id]]);
  }
  expect(await count({ text: 'web' })).toEqual({ count: 1, isMore: false });
  expect(await count({})).toEqual({ count: 2, isMore: false });
});

test('filters by property, state and when it was registered', async () => {
  const by = { ctx, companyId: company.id, caller: CALLER };
  const shop = await addProperty({ ...by, input: { name: 'Shop', domain: 'shop.example' } });
  const first = await makeCertificate(ctx, company, { session_id: 's-1' });
  const inShop = { ...company, propertyId: shop.property_id };
  const second = await makeCertificate(ctx, inShop, { session_id: 's-2' });
  const third = await makeCertificate(ctx, inShop, { session_id: 's-3' });
  await revoke({ certificate_id: third.id });
  await registeredAt(first.id, new Date(FROM.getTime() - 1));
  await registeredAt(second.id, FROM);
  const propertyRef = shop.property_ref;
  for (const text of ['', 's-']) {
    expect(await ids({ text, propertyRef })).toEqual([third.id, second.id]);
    expect(await ids({ text, propertyRef, status: 'active' })).toEqual([second.id]);
    expect(await ids({ text, status: 'revoked' })).toEqual([third.id]);
    expect(await ids({ text, from: FROM })).toEqual([third.id, second.id]);
    expect(await ids({ text, to: FROM })).toEqual([first.id]);
    const to = new Date(FROM.getTime() + 1);
    expect(await ids({ text, propertyRef, status: 'active', from: FROM, to })).toEqual([second.id]);
    expect(await ids({ text, propertyRef, status: 'revoked', from: FROM, to })).toEqual([]);
    const { ids: revocable } = await matchingCertificates({
      ctx,
      companyId: company.id,
      wish: { text, propertyRef },
    });
    expect(revocable).toEqual([second.id]);
  }
});

test('a reference number, a revocation and a batch find what they revoked', async () => {
  const email = 'jo@example.com';
  const [jo, ann, zoe] = [
    await makeCertificate(ctx, company, { email }),
    await makeCertificate(ctx, company),
    await makeCertificate(ctx, company),
  ];
  const other = await makeCompany(ctx);
  await makeCertificate(ctx, other, { email });
  const { reference } = await revokeConsents({
    ctx,
    identifier: { kind: 'email', value: email },
    scope: { kind: 'all' },
    requestId: 'request-1',
    via: 'portal',
    ip: '192.0.2.1',
    gpc: false,
  });
  const text = reference;
  for (const written of [
    text,
    text.toLowerCase(),
    text.replaceAll('-', ''),
    ` ${text}. `.slice(0, -2),
  ]) {
    expect([written, await ids({ text: written })]).toEqual([written, [jo.id]]);
  }
  expect(await ids({ text: 'RSC-0000-0000-0000' })).toEqual([]);
  expect(await ids({ text: await revoke({ certificate_id: ann.id }) })).toEqual([ann.id]);
  await revoke({ certificate_id: zoe.id });
  const part = 'bat_AbC-1.000000000001-0';
  await collections(ctx).certificates.updateOne(
    { _id: zoe.id },
    { $set: { 'opt_out.revocation_id': part } },
  );
  expect(await ids({ text: part })).toEqual([zoe.id]);
  expect(await ids({ text: 'bat_AbC-1' })).toEqual([zoe.id]);
  expect(await ids({ text: 'bat_AbC' })).toEqual([]);
});

test('pages in both directions, and what arrives in between moves none', async () => {
  const made: string[] = [];
  for (let i = 0; i < 7; i++) {
    const { id } = await makeCertificate(ctx, company, { session_id: `s-${String(i)}` });
    // Two at a time.
    await registeredAt(id, new Date(FROM.getTime() + Math.floor(i / 2) * 1_000));
    made.push(id);
  }
  for (const text of ['', 's-']) {
    const order = (await page({ text })).certificates.map((one) => one.certificate_id);
    expect([...order].sort()).toEqual([...made].sort());
    const turn = async (cursor?: string | null) => {
      const { certificates, ...cursors } = await page({ text }, 3, cursor ?? undefined);
      return { found: certificates.map((one) => order.indexOf(one.certificate_id)), ...cursors };
    };
    const first = await turn();
    expect(first).toMatchObject({ found: [0, 1, 2], previous_cursor: null });
    const second = await turn(first.next_cursor);
    expect(second.found).toEqual([3, 4, 5]);
    const last = await turn(second.next_cursor);
    expect(last).toMatchObject({ found: [6], next_cursor: null });
    const { id: newest } = await makeCertificate(ctx, company, { session_id: `s-new${text}` });
    const back = await turn(last.previous_cursor);
    expect(back.found).toEqual([3, 4, 5]);
    const before = await turn(back.previous_cursor);
    expect(before.found).toEqual([0, 1, 2]);
    expect(before.next_cursor).toBe(first.next_cursor);
    // Only one is newer: the page is filled up.
    const top = await turn(before.previous_cursor);
    expect(top).toMatchObject({ found: [-1, 0, 1], previous_cursor: null });
    await collections(ctx).certificates.deleteOne({ _id: newest });
  }
  await expect(page({}, 3, 'nonsense')).rejects.toMatchObject({ code: 'invalid_request' });
});

test('never goes through all certificates where an index knows better', async () => {
  const by = { ctx, companyId: company.id, caller: CALLER };
  const shop = await addProperty({ ...by, input: { name: 'Shop', domain: 'shop.example' } });
  const { id } = await makeCertificate(ctx, company, { email: 'jo@example.com' });
  const { certificates } = collections(ctx);
  const template = (await certificates.findOne({ _id: id }))!;
  await certificates.insertMany(
    Array.from({ length: BYSTANDERS }, (_, i) => ({
      ...template,
      _id: `EC-copy-${String(i)}`,
      session_id: `copy-${String(i)}`,
      email_search: `a${String(i)}@example.com`,
      email_hash: `e${String(i)}`,
      ledger_ref: `crt_${String(i)}`,
      created_at: new Date(FROM.getTime() + i),
    })),
  );
  const inShop = { ...company, propertyId: shop.property_id };
  await makeCertificate(ctx, inShop, { session_id: 'shop-1' });
  const revocationId = await revoke({ certificate_id: 'EC-copy-7' });
  const db = database(ctx);
  await db.command({ profile: PROFILE_EVERYTHING });
  const narrow: Partial<CertificateFilter>[] = [
    { text: 'EC-copy-123' },
    { text: 'copy-123', status: 'active' },
    { text: 'a123@', from: FROM },
    { text: 'jo@example.com', propertyRef: template.property_ref },
    { text: '415 555 0100', status: 'revoked' },
    { text: revocationId },
    { text: 'nothing' },
    { text: '', propertyRef: shop.property_ref },
    { text: '', propertyRef: shop.property_ref, status: 'active', from: FROM },
    { text: '', status: 'revoked' },
    { text: '', from: FROM, to: new Date(FROM.getTime() + 10) },
  ];
  for (const wish of narrow) {
    const { next_cursor } = await page(wish, 2);
    await page(wish, 2, next_cursor ?? undefined);
    await count(wish);
    await matchingCertificates({ ctx, companyId: company.id, wish: { text: '', ...wish } });
  }
  await db.command({ profile: 0 });
  const ofSearches = { ns: /certificates$/ };
  const profile = db.collection('system.profile');
  const greedy = await profile
    .find({ ...ofSearches, $or: [{ docsExamined: { $gt: 100 } }, { keysExamined: { $gt: 100 } }] })
    .project({ docsExamined: 1, keysExamined: 1, planSummary: 1, 'command.filter': 1 })
    .toArray();
  expect(greedy).toEqual([]);
  expect(await profile.countDocuments(ofSearches)).toBeGreaterThan(narrow.length * 3);
  // What finds nearly all takes no longer for that, and is still in order.
  expect(await ids({ text: 'copy-' })).toHaveLength(50);
});

test('a search that takes too long is refused, and a count that does gives none', async () => {
  const { id } = await makeCertificate(ctx, company);
  const { certificates } = collections(ctx);
  const template = (await certificates.findOne({ _id: id }))!;
  await certificates.insertMany(
    Array.from({ length: BYSTANDERS }, (_, i) => ({
      ...template,
      _id: `EC-many-${String(i)}`,
      session_id: `many-${String(i)}`,
      ledger_ref: `crt_many_${String(i)}`,
    })),
  );
  const hasty = await openConnection(ctx.config.mongodbUri, {
    operationTimeoutMs: 10_000,
    maxTimeMs: 1,
  });
  try {
    const { ids: find, count: countIn } = certificateSearchStore(hasty);
    const prefixes = { id_prefixes: ['many-'], email_prefixes: [] };
    const exact = { ids: [], session_ids: [], email_hashes: [], mobile_hashes: [] };
    const revokers = { revocation_ids: [], revocation_prefixes: [] };
    for (const names of [null, { ...prefixes, ...exact, ...revokers }]) {
      const found = find(company.id, { names }, BYSTANDERS);
      await expect(found).rejects.toMatchObject({ code: 'search_too_long', status: 422 });
      expect(await countIn(company.id, { names, revoked: false }, BYSTANDERS)).toBeNull();
    }
  } finally {
    await hasty.close();
  }
});
