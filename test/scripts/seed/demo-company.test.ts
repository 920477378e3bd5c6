import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { keptPassword } from '../../../scripts/seed/credentials';
import { type Demo, ensureDemoCompany } from '../../../scripts/seed/demo-company';
import { makePast } from '../../../scripts/seed/make-past';
import { writePast } from '../../../scripts/seed/write-past';
import { revokeProperty } from '../../../src/core/credentials/revoke-property';
import { revokeByIdentifiers } from '../../../src/core/revocations/revoke-by-identifiers';
import { hashPassword } from '../../../src/core/users/password-hash';
import { pageId } from '../../../src/store/ledger-pages';
import { collections } from '../../helpers/collections';
import { CALLER } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';

const COMPANY = 'comp-demo';

let service: Service;
let dir: string;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

async function newFolder(): Promise<string> {
  return path.join(await mkdtemp(path.join(tmpdir(), 'rescind-seed-')), '.data');
}

const stored = () => collections(service.ctx);

async function ensure(): Promise<Demo> {
  const demo = await ensureDemoCompany({ ctx: service.ctx, dir });
  if (!demo) throw new Error('there is no demo company');
  return demo;
}

async function emptyDatabase(): Promise<void> {
  await Promise.all(Object.values(stored()).map((collection) => collection.deleteMany()));
}

/** What the banner offers to paste: credentials and a live certificate answer 200. */
async function expectToWork({ token, company_id, property_id, ...demo }: Demo): Promise<void> {
  const { certificate_id, consent } = demo;
  const check = { certificate_id, consent };
  const byToken = await service.post('/verify/match', check, { token: token ?? '' });
  expect(byToken).toMatchObject({ status: 200, body: { valid: true } });
  const byProperty = await service.post('/verify/match', { company_id, property_id, ...check });
  expect(byProperty).toMatchObject({ status: 200, body: { valid: true } });
}

describe('an empty database', () => {
  beforeEach(async () => {
    await emptyDatabase();
    dir = await newFolder();
  });
  afterEach(() => rm(path.dirname(dir), { recursive: true, force: true }));

  test('gets one demo company of two machines that start at once, and both can use it', async () => {
    const other = path.join(path.dirname(dir), 'other');
    const [one, two] = await Promise.all([
      ensure(),
      ensureDemoCompany({ ctx: service.ctx, dir: other }),
    ]);
    expect(await stored().companies.countDocuments()).toBe(1);
    expect(await stored().certificates.countDocuments({ session_id: 'demo-0001' })).toBe(1);
    expect(await stored().ledgerPages.countDocuments({ _id: pageId(COMPANY, 0, 0) })).toBe(1);
    await expectToWork(one);
    if (!two) throw new Error('the other machine found none');
    await expectToWork(two);
    // Whoever was slower does not claim to know the password.
    const known = [one, two].filter(({ user_password }) => user_password !== null);
    expect(known).toHaveLength(1);
  });

  test('keeps nothing of a start that died in the middle, and the next one makes all of it', async () => {
    const { ctx } = service;
    const password = await keptPassword(dir);
    const past = await makePast({ ctx, password });
    const [first] = past.audit;
    if (first) past.audit.push({ ...first });
    await expect(writePast({ ctx, past })).rejects.toThrow('duplicate key');
    expect(await stored().companies.countDocuments()).toBe(0);
    expect(await stored().certificates.countDocuments()).toBe(0);
    const demo = await ensure();
    expect(demo.user_password).toBe(password);
    await expectToWork(demo);
  });

  test('of another company gets no demo', async () => {
    const { post, ctx } = service;
    const token = ctx.config.operatorToken;
    await post('/operator/companies', { name: 'Harbor', company_id: 'comp-harbor' }, { token });
    expect(await ensureDemoCompany({ ctx, dir })).toBeNull();
    expect(await stored().companies.countDocuments()).toBe(1);
  });
});

describe('later starts', () => {
  let first: Demo;
  beforeAll(async () => {
    await emptyDatabase();
    dir = await newFolder();
  });
  // As the tests before have left it: each changes something else.
  beforeEach(async () => {
    first = await ensure();
  });
  afterAll(() => rm(path.dirname(dir), { recursive: true, force: true }));

  test('tell the same, from files that only their owner reads', async () => {
    expect(await ensure()).toEqual(first);
    expect((await readdir(dir)).sort()).toEqual(['demo-password', 'demo-token']);
    for (const name of await readdir(dir)) {
      const file = path.join(dir, name);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect([first.token, first.user_password]).toContain((await readFile(file, 'utf8')).trim());
    }
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
    expect(await stored().tokens.countDocuments({ label: 'Demo token' })).toBe(1);
  });

  test('tell a new token where the kept one was revoked or lost, and keep that', async () => {
    await stored().tokens.updateMany({ label: 'Demo token' }, { $set: { revoked_at: new Date() } });
    const second = await ensure();
    expect(second.token).not.toBe(first.token);
    await expectToWork(second);
    expect(await ensure()).toEqual(second);
    await rm(path.join(dir, 'demo-token'));
    const third = await ensure();
    expect([first.token, second.token]).not.toContain(third.token);
    await expectToWork(third);
  });

  test.each([
    ['scopes are fewer', { scopes: ['verify'] }],
    ['time is over', { expires_at: new Date(0) }],
  ])('tell a new token where the %s', async (_, change) => {
    await stored().tokens.updateMany({ label: 'Demo token' }, { $set: change } as object);
    const second = await ensure();
    expect(second.token).not.toBe(first.token);
    await expectToWork(second);
  });

  test('do not tell a password that has been changed, or that was never kept here', async () => {
    const password_hash = await hashPassword('chosen by somebody');
    const { email, ...before } = (await stored().users.findOne({ email: first.user_email })) ?? {};
    await stored().users.updateOne({ email }, { $set: { password_hash } });
    expect(await ensure()).toMatchObject({ user_password: null, viewer_email: null });
    await stored().users.updateOne({ email }, { $set: before });
    expect(await ensure()).toMatchObject({ user_password: first.user_password });
    await rm(path.join(dir, 'demo-password'));
    expect(await ensure()).toMatchObject({ user_password: null, viewer_email: null });
  });

  test('make a user again where somebody has removed the only one', async () => {
    await stored().users.deleteMany();
    const again = await ensure();
    expect(again.user_password).toMatch(/^demo_/);
    expect(again.viewer_email).toBeNull();
    expect(await stored().users.countDocuments()).toBe(1);
  });

  test('choose another certificate where the last one was revoked, and one where all were', async () => {
    const { ctx } = service;
    const revoke = (certificate_id: string) =>
      revokeByIdentifiers({
        ctx,
        companyId: COMPANY,
        identifiers: { certificate_id },
        method: 'api',
        caller: CALLER,
      });
    await revoke(first.certificate_id);
    const second = await ensure();
    expect(second.certificate_id).toMatch(/^EC-demo-0003-/);
    await expectToWork(second);
    await stored().certificates.updateMany(
      {},
      {
        $set: { 'opt_out.revoke': true, 'opt_out.revocation_id': 'rev_all' },
      },
    );
    await expectToWork(await ensure());
  });

  test('choose another property where the first one was revoked, and make one where all were', async () => {
    const revoke = (named: string) =>
      revokeProperty({ ctx: service.ctx, companyId: COMPANY, caller: CALLER, named });
    await revoke(first.property_id);
    const second = await ensure();
    expect(second.property_id).not.toBe(first.property_id);
    await expectToWork(second);
    await revoke(second.property_id);
    await expectToWork(await ensure());
  });
});
