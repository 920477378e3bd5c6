import type { Context } from '../../../src/context';
import { flagCertificates, flagRevocation } from '../../../src/core/revocations/flag-revocation';
import { finishRevocation } from '../../../src/core/revocations/finish-revocation';
import { proveAudit } from '../../../src/core/revocations/prove-audit';
import { revokeByIdentifiers } from '../../../src/core/revocations/revoke-by-identifiers';
import { openContext } from '../../helpers/context';
import type { Revocation } from '../../../src/store/revocations';
import { collections } from '../../helpers/collections';
import { CALLER, makeCompany, type TestCompany } from '../../helpers/company';
import { testConfig } from '../../helpers/settings';
import { ensureIndexes } from '../../helpers/indexes';
import { manyCertificates } from '../batches/many-certificates';
import { crashAt } from './crash-at';

let ctx: Context;
let close: () => Promise<void>;
let company: TestCompany;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'worker'));
  await ensureIndexes(ctx);
});
beforeEach(async () => {
  company = await makeCompany(ctx);
});
afterEach(() => jest.restoreAllMocks());
afterAll(() => close());

/** A request that is only recorded, of this many certificates. */
async function recorded(count: number): Promise<Revocation> {
  const ids = await manyCertificates(ctx, company, count);
  const crashing = revokeByIdentifiers({
    ctx: crashAt(ctx, 'revocation.recorded'),
    companyId: company.id,
    identifiers: { certificate_id: ids[0] },
    method: 'api',
    caller: CALLER,
  });
  await expect(crashing).rejects.toThrow('crash');
  const { revocations } = collections(ctx);
  const found = await revocations.findOne({ certificate_ids: ids[0] });
  const change = { $set: { certificate_ids: ids.sort() } };
  await revocations.updateOne({ _id: found!._id }, change);
  return stored(found!._id);
}

const stored = async (id: string) => (await ctx.store.revocations.find(id)) as Revocation;
async function named(): Promise<string[][]> {
  const mine = { company_id: company.id, action: 'certificate.revoked' as const };
  const entries = await collections(ctx).audit.find(mine).sort({ _id: 1 }).toArray();
  return entries.map(({ certificates }) => certificates);
}

test('the entry is there once the flags are counted, and no certificate is read for it', async () => {
  const revocation = await recorded(3);
  const read = jest.spyOn(ctx.store.certificates, 'revokedByAny');
  expect(await flagCertificates({ ctx, revocation })).toEqual({
    state: 'flagged',
    revokedIds: revocation.certificate_ids,
  });
  expect(read).not.toHaveBeenCalled();
  expect(await named()).toEqual([revocation.certificate_ids]);
  expect(await stored(revocation._id)).toMatchObject({ state: 'flagged', audited: true });
  expect(await finishRevocation({ ctx, revocationId: revocation._id })).toBe('done');
  expect(await named()).toEqual([revocation.certificate_ids]);
});

test('killed while they are counted, it is as if nobody had begun to', async () => {
  const revocation = await recorded(2);
  const crashing = crashAt(ctx, 'revocation.entry_written');
  await expect(flagCertificates({ ctx: crashing, revocation })).rejects.toThrow('crash');
  expect((await stored(revocation._id)).state).toBe('recorded');
  expect(await named()).toEqual([]);
  expect(await flagRevocation({ ctx, revocationId: revocation._id })).toMatchObject({
    state: 'flagged',
  });
  expect(await named()).toEqual([revocation.certificate_ids]);
});

test('counted by several at once, it has one entry and adds to the statistics once', async () => {
  const revocation = await recorded(2);
  const count = jest.spyOn(ctx.access, 'countOptOut');
  const results = await Promise.all(
    Array.from({ length: 5 }, () => flagCertificates({ ctx, revocation })),
  );
  for (const { revokedIds } of results) expect(revokedIds).toEqual(revocation.certificate_ids);
  expect(await named()).toEqual([revocation.certificate_ids]);
  expect(count).toHaveBeenCalledTimes(1);
});

test('the entry names what a clean-up has renamed since the flags were set', async () => {
  const revocation = await recorded(2);
  const [first, second] = revocation.certificate_ids as [string, string];
  const renaming: Context = {
    ...ctx,
    reach: async (step) => {
      if (step !== 'revocation.flagged') return;
      const change = { $set: { certificate_ids: ['removed_x', second] } };
      await collections(ctx).revocations.updateOne({ _id: revocation._id }, change);
    },
  };
  await flagCertificates({ ctx: renaming, revocation });
  expect(await named()).toEqual([[second, 'removed_x'].sort()]);
  expect((await named()).flat()).not.toContain(first);
});

test('of what others were faster with, nothing is named', async () => {
  const revocation = await recorded(3);
  const [first, ...rest] = revocation.certificate_ids;
  const by = { ctx, companyId: company.id, method: 'api' as const, caller: CALLER };
  await revokeByIdentifiers({ ...by, identifiers: { certificate_id: first } });
  await flagCertificates({ ctx, revocation });
  expect(await stored(revocation._id)).toMatchObject({
    state: 'flagged',
    audited: true,
    certificate_ids: rest,
  });
  expect((await named()).map((one) => one.length).sort()).toEqual([1, 2]);
  expect((await named()).flat().sort()).toEqual(revocation.certificate_ids);
});

test('what needs several entries is left to the follow-up', async () => {
  const revocation = await recorded(1_001);
  await flagCertificates({ ctx, revocation });
  expect(await named()).toEqual([]);
  expect((await stored(revocation._id)).audited).toBeUndefined();
  expect(await finishRevocation({ ctx, revocationId: revocation._id })).toBe('done');
  expect((await named()).map((one) => one.length)).toEqual([1_000, 1]);
});

test('an entry that is missing even so is written by the proof', async () => {
  const revocation = await recorded(2);
  const revocationId = revocation._id;
  await flagCertificates({ ctx, revocation });
  await finishRevocation({ ctx, revocationId });
  await collections(ctx).audit.deleteMany({ company_id: company.id });
  const soon = new Date(Date.now() + 120_000);
  const { signal } = new AbortController();
  expect(await proveAudit({ ctx, signal, now: soon })).toBe('repaired');
  expect(await named()).toEqual([revocation.certificate_ids]);
  expect((await stored(revocationId)).state).toBe('completed');
});
