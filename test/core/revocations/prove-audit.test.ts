import { findAuditGaps } from '../../../src/core/health/audit-gaps';
import { proveAudit } from '../../../src/core/revocations/prove-audit';
import type { Context } from '../../../src/context';
import { openContext } from '../../helpers/context';
import { finishRevocation } from '../../../src/core/revocations/finish-revocation';
import { revokeByIdentifiers } from '../../../src/core/revocations/revoke-by-identifiers';
import { removedId } from '../../../src/core/identifiers/removed-ids';
import { DAY_MS } from '../../../src/lib/durations';
import { collections } from '../../helpers/collections';
import { CALLER, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { testConfig } from '../../helpers/settings';
import { ensureIndexes } from '../../helpers/indexes';

const { signal } = new AbortController();
const inTwoMinutes = () => new Date(Date.now() + 2 * 60_000);

let ctx: Context;
let close: () => Promise<void>;
let company: TestCompany;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'worker'));
  await ensureIndexes(ctx);
});

// The proof covers every revocation in the database.
beforeEach(async () => {
  await collections(ctx).revocations.deleteMany();
  company = await makeCompany(ctx);
});

afterAll(() => close());

/** Revokes two certificates of a person and finishes the request. */
async function revoked(email: string): Promise<{ revocationId: string; ids: string[] }> {
  const ids: string[] = [];
  for (let i = 0; i < 2; i++) ids.push((await makeCertificate(ctx, company, { email })).id);
  const { revocation_id: revocationId } = await revokeByIdentifiers({
    ctx,
    companyId: company.id,
    identifiers: { email },
    method: 'api',
    caller: CALLER,
  });
  if (revocationId === null) throw new Error('nothing was revoked');
  await finishRevocation({ ctx, revocationId });
  return { revocationId, ids: ids.sort() };
}

const prove = (now = inTwoMinutes()) => proveAudit({ ctx, signal, now });
const gapsSeen = async () => (await ctx.metrics.auditGaps.get()).values[0]?.value;
const entry = (id: string) => collections(ctx).audit.findOne({ _id: id });

test('finds no gaps where there are none', async () => {
  await revoked('jo@example.com');
  await revoked('sam@example.com');
  expect(await prove()).toBe('done');
  expect(await gapsSeen()).toBe(0);
});

test('a missing entry raises the alarm and is written again', async () => {
  await revoked('jo@example.com');
  const { revocationId, ids } = await revoked('sam@example.com');
  const before = await entry(`${revocationId}.0`);
  await collections(ctx).audit.deleteOne({ _id: `${revocationId}.0` });
  expect(await prove()).toBe('repaired');
  expect(await gapsSeen()).toBe(2);
  expect(await entry(`${revocationId}.0`)).toEqual(before);
  expect(before?.certificates).toEqual(ids);
  expect(await ctx.store.revocations.find(revocationId)).toMatchObject({ state: 'completed' });
  expect(await findAuditGaps({ ctx })).toMatchObject({ found: 2, left: 0 });
  expect(await prove()).toBe('done');
  expect(await gapsSeen()).toBe(0);
  // Whoever was asleep is still told, for a day.
  expect(await findAuditGaps({ ctx })).toMatchObject({ found: 2, left: 0 });
  const { auditProofs } = collections(ctx);
  const at = new Date(ctx.now().getTime() - DAY_MS);
  await auditProofs.updateOne({}, { $set: { last_gap: { at, found: 2 } } });
  expect(await findAuditGaps({ ctx })).toBeNull();
});

test('a certificate named twice raises an alarm that stays', async () => {
  const { revocationId } = await revoked('jo@example.com');
  const first = await entry(`${revocationId}.0`);
  await ctx.store.audit.appendOnce({ ...first!, _id: `${revocationId}.1` });
  expect(await prove()).toBe('gaps_left');
  expect(await gapsSeen()).toBe(2);
  expect(await findAuditGaps({ ctx })).toMatchObject({ found: 2, left: 2 });
});

test('a certificate that was cleaned up is still named, which is no gap', async () => {
  const { ids } = await revoked('jo@example.com');
  await collections(ctx).certificates.deleteOne({ _id: ids[0] });
  expect(await prove()).toBe('done');
});

test('the newest minute is left to the next proof', async () => {
  const { revocationId } = await revoked('jo@example.com');
  await collections(ctx).audit.deleteOne({ _id: `${revocationId}.0` });
  expect(await prove(new Date())).toBe('done');
  expect(await entry(`${revocationId}.0`)).toBeNull();
});

test('what was completed more than a day ago was proved then', async () => {
  const { revocationId } = await revoked('jo@example.com');
  await collections(ctx).audit.deleteOne({ _id: `${revocationId}.0` });
  const { completed_at } = (await ctx.store.revocations.find(revocationId))!;
  const dayLater = completed_at!.getTime() + DAY_MS;
  expect(await prove(new Date(dayLater + 1))).toBe('done');
  expect(await prove(new Date(dayLater))).toBe('repaired');
});

test('a void request, and what has not been completed, is no gap', async () => {
  const { revocationId } = await revoked('jo@example.com');
  await collections(ctx).audit.deleteOne({ _id: `${revocationId}.0` });
  await collections(ctx).revocations.updateOne(
    { _id: revocationId },
    { $set: { state: 'flagged', completed_at: null } },
  );
  expect(await prove()).toBe('done');
});

test('an entry that has the ids from before a clean-up is given the new ones', async () => {
  const { revocationId, ids } = await revoked('jo@example.com');
  const { audit, certificates } = collections(ctx);
  const [gone, kept] = ids as [string, string];
  const found = (await certificates.findOneAndDelete({ _id: gone }))!;
  const removed = removedId({ ctx, id: gone });
  await certificates.insertOne({ ...found, _id: removed, data: 'removed' });
  expect(await prove()).toBe('done');
  expect((await audit.findOne({ _id: `${revocationId}.0` }))?.certificates.sort()).toEqual(
    [kept, removed].sort(),
  );
});

test('of many requests every one is proved, page by page', async () => {
  const { revocationId } = await revoked('jo@example.com');
  const { revocations, audit } = collections(ctx);
  const request = (await revocations.findOne({ _id: revocationId }))!;
  const copies = Array.from({ length: 450 }, (_, i) => ({
    ...request,
    _id: `${revocationId}-${String(i)}`,
    // As many as are compared at a time, every now and then.
    certificate_ids: i % 100 === 7 ? Array<string>(10_000).fill('EC') : request.certificate_ids,
  }));
  await revocations.insertMany(copies);
  await audit.deleteOne({ _id: `${revocationId}.0` });
  const at = [0, 199, 200, 449];
  for (const i of at) {
    await ctx.store.audit.append({
      _id: `${revocationId}-${String(i)}.0`,
      company_id: company.id,
      at: new Date(),
      action: 'certificate.revoked',
      method: 'api',
      reason: null,
      certificates: ['EC-x', 'EC-x'],
      ...CALLER,
    });
  }
  expect(await prove()).toBe('gaps_left');
  // The repair completes a request anew, in what is left of this proof: it is met again.
  expect(await gapsSeen()).toBe(2 + 2 * at.length);
});

test('stops when told to', async () => {
  await revoked('jo@example.com');
  const stopped = proveAudit({ ctx, signal: AbortSignal.abort(), now: inTwoMinutes() });
  await expect(stopped).rejects.toThrow();
});
