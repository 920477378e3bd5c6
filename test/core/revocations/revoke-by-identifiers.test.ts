import type { Context } from '../../../src/context';
import { openContext } from '../../helpers/context';
import { IdentifierHasher } from '../../../src/lib/identifier-hasher';
import { finishRevocation } from '../../../src/core/revocations/finish-revocation';
import {
  type NamedBy,
  revokeByIdentifiers,
} from '../../../src/core/revocations/revoke-by-identifiers';
import { collections } from '../../helpers/collections';
import { CALLER, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { testConfig } from '../../helpers/settings';
import { until } from '../../helpers/until';
import { ensureIndexes } from '../../helpers/indexes';
import { crashAt } from './crash-at';

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

function revoke(identifiers: NamedBy, more: { ctx?: Context; operationId?: string } = {}) {
  return revokeByIdentifiers({
    ctx,
    companyId: company.id,
    identifiers,
    method: 'api',
    reason: 'no longer wanted',
    caller: CALLER,
    ...more,
  });
}

function recorded() {
  return collections(ctx).revocations.find({ company_id: company.id }).toArray();
}

async function revokedEntries() {
  const page = { limit: 100 };
  const { items } = await ctx.store.audit.list(company.id, { action: 'certificate.revoked' }, page);
  return items;
}

test('revokes everything that any of the identifiers names, and no more', async () => {
  const jo = { email: 'Jo@Example.com' };
  const byEmail = [
    await makeCertificate(ctx, company, jo),
    await makeCertificate(ctx, company, jo),
  ];
  const byMobile = await makeCertificate(ctx, company, { mobile: '415 555 0100' });
  const byId = await makeCertificate(ctx, company);
  const bystander = await makeCertificate(ctx, company, { email: 'ann@example.com' });
  const other = await makeCompany(ctx);
  const elsewhere = await makeCertificate(ctx, other, jo);

  const named = { email: ' jo@EXAMPLE.com', mobile: '+14155550100', certificate_id: byId.id };
  const result = await revoke(named);
  const ids = [...byEmail, byMobile, byId].map(({ id }) => id).sort();
  expect(result).toMatchObject({ revoked: 4, certificates: ids });
  for (const id of ids) {
    const certificate = await ctx.store.certificates.find(company.id, id);
    expect(certificate?.opt_out).toEqual({
      revoke: true,
      revoked_at: result.timestamp,
      method: 'api',
      reason: 'no longer wanted',
      revocation_id: result.revocation_id,
    });
  }
  const untouched = await ctx.store.certificates.find(company.id, bystander.id);
  expect(untouched?.opt_out.revoke).toBe(false);
  const foreign = await ctx.store.certificates.find(other.id, elsewhere.id);
  expect(foreign?.opt_out.revoke).toBe(false);
});

test('hands the follow-up to the queue', async () => {
  const { id } = await makeCertificate(ctx, company);
  await revoke({ certificate_id: id });
  await until('the request is enqueued', async () => (await recorded())[0]?.enqueued_at);
});

test('what finds nothing, or what is already revoked, is void', async () => {
  const { id } = await makeCertificate(ctx, company, { email: 'jo@example.com' });
  const nothing = { revoked: 0, certificates: [], revocation_id: null };
  expect(await revoke({ email: 'nobody@example.com' })).toMatchObject(nothing);
  await revoke({ certificate_id: id });
  expect(await revoke({ email: 'jo@example.com' })).toMatchObject(nothing);
  const states = (await recorded()).map(({ state }) => state);
  expect(states.sort()).toEqual(['flagged', 'void', 'void']);
  // Who is named by an id alone is not remembered.
  await revoke({ certificate_id: 'EC-none' });
  expect(await recorded()).toHaveLength(3);
});

test('refuses an unknown company and malformed identifiers', async () => {
  await expect(revoke({ email: 'nobody' })).rejects.toMatchObject({ code: 'invalid_request' });
  await expect(revoke({ mobile: '1' })).rejects.toMatchObject({ code: 'invalid_request' });
  await expect(revoke({})).rejects.toMatchObject({ code: 'invalid_request' });
  company = { ...company, id: 'comp-unknown' };
  await expect(revoke({ email: 'jo@example.com' })).rejects.toMatchObject({
    code: 'company_not_found',
  });
});

test('of 50 requests at once one revokes the certificate, and one audit entry names it', async () => {
  const { id } = await makeCertificate(ctx, company, { email: 'jo@example.com' });
  const results = await Promise.all(
    Array.from({ length: 50 }, () => revoke({ email: 'jo@example.com' })),
  );
  const effective = results.filter(({ revoked }) => revoked > 0);
  expect(effective.map(({ certificates }) => certificates)).toEqual([[id]]);
  const requests = await recorded();
  await Promise.all(requests.map(({ _id }) => finishRevocation({ ctx, revocationId: _id })));
  expect((await revokedEntries()).map(({ certificates }) => certificates)).toEqual([[id]]);
  const states = (await recorded()).map(({ state }) => state);
  expect(states.filter((state) => state === 'completed')).toHaveLength(1);
  expect(states.filter((state) => state === 'void')).toHaveLength(requests.length - 1);
});

test('overlapping requests share the certificates, and name none twice', async () => {
  const jo = { email: 'jo@example.com', mobile: '+14155550100' };
  const made = await Promise.all(
    Array.from({ length: 30 }, () => makeCertificate(ctx, company, jo)),
  );
  const results = await Promise.all(
    made.flatMap(({ id }, i) => [
      revoke({ certificate_id: id }),
      revoke(i % 2 === 0 ? { email: jo.email } : { mobile: jo.mobile }),
    ]),
  );
  const ids = made.map(({ id }) => id).sort();
  expect(results.flatMap(({ certificates }) => certificates).sort()).toEqual(ids);
  for (const { _id } of await recorded()) await finishRevocation({ ctx, revocationId: _id });
  expect((await revokedEntries()).flatMap(({ certificates }) => certificates).sort()).toEqual(ids);
});

test.each(['revocation.recorded', 'revocation.flagged', 'revocation.enqueueing'])(
  'after a crash at %s a repeat gives the same counts, without later certificates',
  async (step) => {
    const jo = { email: 'jo@example.com' };
    const made = [await makeCertificate(ctx, company, jo), await makeCertificate(ctx, company, jo)];
    const operationId = `op_${step}`;
    await expect(revoke(jo, { ctx: crashAt(ctx, step), operationId })).rejects.toThrow('crash');
    const later = await makeCertificate(ctx, company, jo);
    const first = await revoke(jo, { operationId });
    expect(first.certificates).toEqual(made.map(({ id }) => id).sort());
    expect(await revoke(jo, { operationId })).toEqual(first);
    expect(await recorded()).toHaveLength(1);
    const untouched = await ctx.store.certificates.find(company.id, later.id);
    expect(untouched?.opt_out.revoke).toBe(false);
  },
);

test('many concurrent tries of one operation make one request', async () => {
  const { id } = await makeCertificate(ctx, company, { email: 'jo@example.com' });
  const results = await Promise.all(
    Array.from({ length: 10 }, () => revoke({ email: 'jo@example.com' }, { operationId: 'op_1' })),
  );
  expect(results.map(({ certificates }) => certificates)).toEqual(Array(10).fill([id]));
  expect(await recorded()).toHaveLength(1);
});

test('more certificates than a request may name become several requests', async () => {
  const { id } = await makeCertificate(ctx, company, { email: 'jo@example.com' });
  const collection = collections(ctx).certificates;
  const [template] = await collection.find({ _id: id }).toArray();
  const copies = Array.from({ length: 10_500 }, (_, i) => ({
    ...template!,
    _id: `EC-${company.id}-${String(i)}`,
    session_id: `copy-${String(i)}`,
  }));
  await collection.insertMany(copies);
  const operationId = 'op_many';
  const result = await revoke({ email: 'jo@example.com' }, { operationId });
  expect(result.revoked).toBe(10_501);
  const again = await revoke({ email: 'jo@example.com' }, { operationId });
  expect(again.certificates.sort()).toEqual(result.certificates.sort());
  const requests = await recorded();
  expect(requests.map((request) => request.certificate_ids.length).sort()).toEqual([10_000, 501]);
  for (const { _id } of requests) await finishRevocation({ ctx, revocationId: _id });
  const entries = await revokedEntries();
  expect(entries.every(({ certificates }) => certificates.length <= 1_000)).toBe(true);
  const named = entries.flatMap(({ certificates }) => certificates).sort();
  expect(named).toEqual(result.certificates.sort());
});

test('a person captured under an old key is found after a new key was added', async () => {
  const { id } = await makeCertificate(ctx, company, { mobile: '+14155550100' });
  const identifiers = new IdentifierHasher([
    'a-newer-identifier-key',
    ...ctx.config.identifierKeys,
  ]);
  const result = await revoke({ mobile: '4155550100' }, { ctx: { ...ctx, identifiers } });
  expect(result.certificates).toEqual([id]);
});
