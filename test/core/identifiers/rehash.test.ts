import { createHash, createHmac } from 'node:crypto';
import { registerConsent } from '../../../src/core/consents/register-consent';
import { rehashIdentifiers } from '../../../src/core/identifiers/rehash';
import { readIdentifier } from '../../../src/core/portal/identifier';
import { revokeConsents } from '../../../src/core/portal/revoke-consents';
import { revokeByIdentifiers } from '../../../src/core/revocations/revoke-by-identifiers';
import { tryPassword } from '../../../src/core/users/try-password';
import type { Context } from '../../../src/context';
import { openContext } from '../../helpers/context';
import { IdentifierHasher } from '../../../src/lib/identifier-hasher';
import type { Region } from '../../../src/store/regions';
import { startRehashing } from '../../../workers/rehash-identifiers';
import { collections, database } from '../../helpers/collections';
import { CALLER, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { testConfig } from '../../helpers/settings';
import { until } from '../../helpers/until';
import { ensureIndexes } from '../../helpers/indexes';
import { crashAt } from '../revocations/crash-at';
import { makeUser, PASSWORD } from '../users/scene';

const NEVER = new AbortController().signal;

let ctx: Context;
let close: () => Promise<void>;
let company: TestCompany;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'worker'));
  await ensureIndexes(ctx);
});
afterAll(() => close());
beforeEach(async () => {
  company = await makeCompany(ctx);
  await collections(ctx).leases.deleteMany({});
  await collections(ctx).certificates.deleteMany({});
});

/** A certificate as the release before wrote it: the hash of what it took for the normal form. */
async function olderCertificate(person: { email?: string; mobile?: string }, older: string) {
  const { id } = await makeCertificate(ctx, company, person);
  const kind = person.email === undefined ? 'mobile' : 'email';
  const hash = ctx.identifiers.current(kind, older);
  await collections(ctx).certificates.updateOne({ _id: id }, { $set: { [`${kind}_hash`]: hash } });
  return id;
}
const hashes = async (id: string) => {
  const { email_hash, mobile_hash } = (await ctx.store.certificates.find(company.id, id))!;
  return { email_hash, mobile_hash };
};
const rehash = (more: Partial<Parameters<typeof rehashIdentifiers>[0]> = {}) =>
  rehashIdentifiers({ ctx, region: 'default', collection: 'certificates', signal: NEVER, ...more });
const revoke = async (identifiers: { email?: string; mobile?: string }, by = ctx) => {
  const request = { ctx: by, companyId: company.id, caller: CALLER, reason: null } as const;
  const result = await revokeByIdentifiers({ ...request, method: 'api', identifiers });
  return result.certificates;
};

test('what is written is the HMAC of the purpose and of the SHA-256', () => {
  const [key] = ctx.config.identifierKeys;
  const plain = createHash('sha256').update('jo@example.com').digest();
  const keyed = createHmac('sha256', key).update(Buffer.concat([Buffer.from('email\0'), plain]));
  expect(ctx.identifiers.ofPerson('email', 'jo@example.com')).toBe(keyed.digest('base64url'));
});

describe('people stored by the release before', () => {
  test.each([
    ['jo@example.com', 'jo@example.com', 'Jo@Example.com'],
    ['zoe@bücher.example', 'zoe@bücher.example', 'zoe@xn--bcher-kva.example'],
    ['zoe@bücher.example', 'zoe@bücher.example', 'Zoe <zoe@BÜCHER.example>'],
    ['<jo@example.com>', '<jo@example.com>', '<Jo@example.com>'],
    ['j\u200bo@example.com', 'j\u200bo@example.com', 'j\u200bo@example.com'],
  ])('%j, hashed as %j, are found by %j at once', async (email, older, typed) => {
    const id = await olderCertificate({ email }, older);
    // Once more, as a clean-up leaves it: the hash and nothing else.
    const cleaned = await olderCertificate({ email }, older);
    const anonymised = { email: null, mobile: null, data: 'anonymised' } as const;
    await collections(ctx).certificates.updateOne({ _id: cleaned }, { $set: anonymised });
    expect((await revoke({ email: typed })).sort()).toEqual([id, cleaned].sort());
  });

  test('by phone, and in the portal', async () => {
    const id = await olderCertificate({ mobile: '+14155550100' }, '+14155550100');
    expect(await revoke({ mobile: '(415) 555-0100' })).toEqual([id]);
    await olderCertificate({ email: '<jo@example.com>' }, '<jo@example.com>');
    const identifier = readIdentifier('<jo@example.com>');
    if (typeof identifier === 'string') throw new Error(identifier);
    const request = {
      ctx,
      identifier,
      requestId: company.id,
      via: 'Portal',
      ip: '::1',
      gpc: false,
    };
    expect(await revokeConsents({ ...request, scope: { kind: 'all' } })).toMatchObject({
      revoked: 1,
    });
  });

  test('users of the dashboard sign in', async () => {
    const { id } = await makeUser(ctx, company, 'admin');
    const email = `u-${id}@bücher.example`.toLowerCase();
    const users = database(ctx).collection<{ _id: string }>('users');
    await users.updateOne({ _id: id }, { $set: { email } });
    const domain = 'xn--bcher-kva.example';
    const normal = email.replace(/@.*/, `@${domain}`);
    const [user] = await tryPassword({ ctx, email: normal, password: PASSWORD, ip: '::1' });
    expect(user?._id).toBe(id);
  });
});

test('hashes are brought up to date where the plain value is there, and found either way', async () => {
  const wrapped = await olderCertificate({ email: '<jo@example.com>' }, '<jo@example.com>');
  const phone = await olderCertificate({ mobile: '+14155550100' }, '+14155550100');
  const gone = await olderCertificate({ email: 'jo@example.com' }, 'jo@example.com');
  await collections(ctx).certificates.updateOne({ _id: gone }, { $set: { email: null } });
  const before = await hashes(gone);
  expect(await rehash()).toBe('done');
  const email_hash = ctx.identifiers.ofPerson('email', 'jo@example.com');
  expect(await hashes(wrapped)).toEqual({ email_hash, mobile_hash: null });
  const mobile_hash = ctx.identifiers.ofPerson('mobile', '+14155550100');
  expect(await hashes(phone)).toEqual({ email_hash: null, mobile_hash });
  expect(await hashes(gone)).toEqual(before);
  expect((await revoke({ email: 'jo@example.com' })).sort()).toEqual([wrapped, gone].sort());
  expect(await revoke({ mobile: '4155550100' })).toEqual([phone]);
});

test('in pages, once; a crash in between is made up for by the next call', async () => {
  const { certificates } = collections(ctx);
  const first = await olderCertificate({ email: 'jo@example.com' }, 'jo@example.com');
  const original = (await certificates.findOne({ _id: first }))!;
  const many = Array.from({ length: 1_200 }, (_, i) => {
    const email = `p${String(i)}@example.com`;
    const _id = `EC-${String(i).padStart(5, '0')}`;
    return {
      ...original,
      _id,
      session_id: _id,
      email,
      email_hash: ctx.identifiers.current('email', email),
    };
  });
  await certificates.insertMany(many);
  const crashing = crashAt(ctx, 'identifiers.rehashing');
  await expect(rehash({ ctx: crashing })).rejects.toThrow();
  const stop = new AbortController();
  const stopping = {
    ...ctx,
    reach: () => {
      stop.abort();
      return Promise.resolve();
    },
  };
  expect(await rehash({ ctx: stopping, signal: stop.signal })).toBe('stopped');
  const { leases } = collections(ctx);
  expect(await leases.findOne()).toMatchObject({ cursor: `after:${many[499]!._id}` });
  const later = new Date(Date.now() + 60_000);
  await leases.updateMany({}, { $set: { holder: 'another', until: later } });
  expect(await rehash()).toBe('held');
  await leases.updateMany({}, { $set: { holder: null, until: new Date(0) } });
  expect(await rehash()).toBe('done');
  for (const { _id, email } of [many[0]!, many[700]!, many[1_199]!, original]) {
    const found = await certificates.findOne({ _id });
    expect(found?.email_hash).toBe(ctx.identifiers.ofPerson('email', email!));
  }
  // Done is done.
  await certificates.updateOne({ _id: first }, { $set: { email_hash: 'x' } });
  expect(await rehash()).toBe('done');
  expect((await hashes(first)).email_hash).toBe('x');
});

test('emails by earlier releases can be searched by their beginning', async () => {
  const { id } = await makeCertificate(ctx, company, { email: 'Jo@Example.com' });
  const { certificates } = collections(ctx);
  await certificates.updateOne({ _id: id }, { $unset: { email_search: 1 } });
  expect(await rehash()).toBe('done');
  expect((await certificates.findOne({ _id: id }))?.email_search).toBe('jo@example.com');
});

test('of an email that an earlier release removed nothing is left to search by', async () => {
  const { certificates } = collections(ctx);
  const { id } = await makeCertificate(ctx, company, { email: 'jo@example.com' });
  const other = (await makeCertificate(ctx, company, { email: 'al@example.com' })).id;
  await certificates.updateOne({ _id: id }, { $set: { email: null, mobile: null } });
  expect(await rehash()).toBe('done');
  expect((await certificates.findOne({ _id: id }))?.email_search).toBeNull();
  expect((await certificates.findOne({ _id: other }))?.email_search).toBe('al@example.com');
});

test('a clean-up in between wins', async () => {
  const id = await olderCertificate({ email: 'jo@example.com' }, 'jo@example.com');
  const { certificates } = collections(ctx);
  const store = ctx.store.regions.default.rehashing;
  const [was] = await store.page('certificates', '', 10);
  const removed = { email: null, email_hash: null, data: 'removed' } as const;
  await certificates.updateOne({ _id: id }, { $set: removed });
  await store.write('certificates', [{ was: was!, set: { email_hash: 'new' } }]);
  expect((await hashes(id)).email_hash).toBeNull();
});

test.each<Region>(['default', 'us'])(
  'consents of the region %s, in every version',
  async (region) => {
    const subject = { email: 'Jo <jo@example.com>', mobile: null, ref: null };
    const terms = { subject, purposes: ['calls'], text: 'Yes.', retention_policy: null };
    const made = await registerConsent({
      ctx,
      region,
      companyId: company.id,
      caller: CALLER,
      terms,
    });
    const consents = database(ctx, region).collection<{ _id: string }>('consents');
    await consents.updateOne({ _id: made._id }, { $set: { email_hash: 'older' } });
    expect(await rehash({ region, collection: 'consents' })).toBe('done');
    expect(await consents.findOne({ _id: made._id })).toMatchObject({
      email_hash: ctx.identifiers.ofPerson('email', 'jo@example.com'),
      terms: { subject },
    });
  },
);

test('keys go on being rotated: every key that is listed finds what it wrote, old or new', async () => {
  const older = await olderCertificate({ email: 'jo@example.com' }, 'jo@example.com');
  const newer = await makeCertificate(ctx, company, { email: 'jo@example.com' });
  const keys = ['a-newer-identifier-key', ...ctx.config.identifierKeys] as const;
  const rotated = { ...ctx, identifiers: new IdentifierHasher([keys[0], ...keys.slice(1)]) };
  const newest = await makeCertificate(rotated, company, { email: 'jo@example.com' });
  const found = await revoke({ email: 'jo@example.com' }, rotated);
  expect(found.sort()).toEqual([older, newer.id, newest.id].sort());
});

test('a worker does it by itself, after a while', async () => {
  const id = await olderCertificate({ email: 'jo@example.com' }, 'jo@example.com');
  const rehashing = startRehashing(ctx, 20, 0);
  const email_hash = ctx.identifiers.ofPerson('email', 'jo@example.com');
  await until('it is up to date', async () => (await hashes(id)).email_hash === email_hash);
  await rehashing.stop();
});
