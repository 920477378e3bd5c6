import type { Context } from '../../src/context';
import { getConsent } from '../../src/core/consents/get-consent';
import { revokeConsent } from '../../src/core/consents/revoke-consent';
import { revokeByIdentifiers } from '../../src/core/revocations/revoke-by-identifiers';
import { openContext } from '../helpers/context';
import { handOver } from '../../src/queue/outbox';
import { startConsumers } from '../../workers/consumers';
import { makeConsent } from '../core/consents/scene';
import { crashAt } from '../core/revocations/crash-at';
import { collections } from '../helpers/collections';
import { CALLER, makeCertificate, makeCompany, type TestCompany } from '../helpers/company';
import { testConfig } from '../helpers/settings';
import { until } from '../helpers/until';
import { ensureIndexes } from '../helpers/indexes';
import { wipeRedis } from '../workers/wipe';

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
afterEach(async () => {
  jest.restoreAllMocks();
  await wipeRedis(ctx);
});
afterAll(() => close());

/** Requests whose flags are set and that nobody has enqueued yet. */
async function flagged(count: number): Promise<string[]> {
  const by = { companyId: company.id, method: 'api' as const, caller: CALLER };
  const crashing = { ...by, ctx: crashAt(ctx, 'revocation.enqueueing') };
  for (let i = 0; i < count; i++) {
    const { id } = await makeCertificate(ctx, company);
    const revoking = revokeByIdentifiers({ ...crashing, identifiers: { certificate_id: id } });
    await expect(revoking).rejects.toThrow('crash');
  }
  const found = await collections(ctx).revocations.find({ company_id: company.id }).toArray();
  return found.map(({ _id }) => _id).sort();
}

const queue = () => ctx.queues.byName['opt-outs'];
/** What waits, in the order in which it was added. */
async function payloads(): Promise<unknown[]> {
  const jobs = await queue().getJobs(['waiting'], 0, 100, true);
  return jobs.map(({ data }) => data as unknown);
}
const hand = (ids: string[], occasion?: 'again' | 'apart') =>
  handOver(ctx.store, ctx.queues, 'revocations', ids, occasion);
const stored = async (id: string) => (await ctx.store.revocations.find(id))!;

/** Starts workers and waits until they have nothing left to do; returns the outcomes of the jobs. */
async function workOff(workers = 1): Promise<string[]> {
  const consumers = Array.from({ length: workers }, () => startConsumers(ctx));
  try {
    await until('nothing waits or runs', async () => {
      const left = await queue().getJobCounts('waiting', 'active', 'delayed', 'prioritized');
      return Object.values(left).every((count) => count === 0);
    });
    const done = await queue().getCompleted();
    return done.map(({ returnvalue }) => returnvalue as string).sort();
  } finally {
    await Promise.all(consumers.map((one) => one.close(1_000)));
  }
}

/** Each of these is completed, with one entry. */
async function expectFinished(ids: string[]): Promise<void> {
  const entries = await collections(ctx)
    .audit.find({ company_id: company.id, action: 'certificate.revoked' })
    .toArray();
  expect(entries.map(({ _id }) => _id).sort()).toEqual(ids.map((id) => `${id}.0`).sort());
  for (const id of ids) expect((await stored(id)).state).toBe('completed');
}

test('what is recorded while others are handed over shares a job and a write', async () => {
  const ids = await flagged(5);
  const mark = jest.spyOn(ctx.store.revocations, 'markEnqueued');
  for (const id of ids) ctx.outbox.recorded('revocations', id);
  await ctx.outbox.drain();
  expect(await payloads()).toEqual([{ revocation_ids: ids }]);
  expect(mark).toHaveBeenCalledTimes(1);
  const marks = await Promise.all(ids.map(stored));
  expect(new Set(marks.map((one) => one.enqueued_at?.getTime())).size).toBe(1);
  expect(new Set(marks.map((one) => one.enqueued_with)).size).toBe(1);
  expect(await workOff()).toEqual(['done']);
  await expectFinished(ids);
});

test('revocations of consents share the jobs of their region, and their marks', async () => {
  const ids: string[] = [];
  for (let i = 0; i < 3; i++) {
    const consentId = await makeConsent(ctx, company.id);
    const by = { companyId: company.id, caller: CALLER, region: 'default' } as const;
    const crashing = revokeConsent({ ...by, ctx: crashAt(ctx, 'consent.revoked'), consentId });
    await expect(crashing).rejects.toThrow('crash');
    ids.push((await getConsent({ ...by, ctx, consentId })).revocation_id!);
  }
  ids.sort();
  const mark = jest.spyOn(ctx.store.consentRevocations, 'markEnqueued');
  for (const id of ids) ctx.outbox.recorded('consentRevocations', id);
  await ctx.outbox.drain();
  const shared = { region: 'default', revocation_ids: ids };
  expect(await payloads()).toEqual([shared]);
  expect(mark).toHaveBeenCalledTimes(1);
  await handOver(ctx.store, ctx.queues, 'consentRevocations', ids, 'again');
  expect(await payloads()).toEqual([shared]);
  expect(await workOff()).toEqual(['done']);
  await ctx.outbox.apart('consentRevocations', ids.slice(0, 1));
  // As earlier releases write and read it.
  expect(await payloads()).toEqual([{ region: 'default', revocation_id: ids[0] }]);
  expect(await workOff()).toEqual(['already_done', 'done']);
  const stored = collections(ctx).consentRevocations.find({ company_id: company.id });
  expect((await stored.toArray()).map(({ state }) => state)).toEqual(ids.map(() => 'completed'));
});

test('one alone goes as earlier releases wrote and read it', async () => {
  const [id] = (await flagged(1)) as [string];
  ctx.outbox.recorded('revocations', id);
  await ctx.outbox.drain();
  expect(await payloads()).toEqual([{ revocation_id: id }]);
  expect((await stored(id)).enqueued_with).toBeUndefined();
});

test('no job carries more than 500', async () => {
  const ids = Array.from({ length: 1_201 }, (_, i) => `rev_${String(i).padStart(4, '0')}`);
  for (const id of ids) ctx.outbox.recorded('revocations', id);
  await ctx.outbox.drain();
  const carried = (await payloads()) as { revocation_ids: string[] }[];
  expect(carried.map(({ revocation_ids }) => revocation_ids.length)).toEqual([500, 500, 201]);
  expect(carried.flatMap(({ revocation_ids }) => revocation_ids)).toEqual(ids);
  await expect(hand(ids)).rejects.toThrow(RangeError);
  const tooMany = { revocation_ids: ids.slice(0, 501) };
  await expect(ctx.queues.enqueue('follow-up-revocation', tooMany, 'many')).rejects.toThrow();
});

test('killed between the job and the mark: handed over again, and finished once', async () => {
  const ids = await flagged(3);
  const crash = new Error('crash');
  jest.spyOn(ctx.store.revocations, 'markEnqueued').mockRejectedValueOnce(crash);
  await expect(hand(ids)).rejects.toBe(crash);
  expect((await stored(ids[0]!)).enqueued_at).toBeNull();
  await hand(ids, 'again');
  expect(await payloads()).toEqual([{ revocation_ids: ids }, { revocation_ids: ids }]);
  await workOff(2);
  await expectFinished(ids);
});

test('handed over again, a group is dropped while its job waits, and goes together once it is lost', async () => {
  const ids = await flagged(4);
  const [first, second] = [ids.slice(0, 2), ids.slice(2)];
  await hand(first);
  await hand(second);
  const before = await stored(ids[0]!);
  await hand(ids, 'again');
  expect(await payloads()).toEqual([{ revocation_ids: first }, { revocation_ids: second }]);
  const after = await stored(ids[0]!);
  expect(after.enqueued_at!.getTime()).toBeGreaterThan(before.enqueued_at!.getTime());
  expect(after.enqueued_with).toBe(before.enqueued_with);
  await wipeRedis(ctx);
  // The reconciler's page may end in the middle of a group.
  await hand(ids.slice(0, 3), 'again');
  await hand(ids.slice(3), 'again');
  const again = [{ revocation_ids: first }, { revocation_id: ids[2] }, { revocation_id: ids[3] }];
  expect(await payloads()).toEqual(again);
  await workOff();
  await expectFinished(ids);
});

test('those of earlier releases, which had a job each, have one each again', async () => {
  const ids = await flagged(2);
  await collections(ctx).revocations.updateMany(
    { _id: { $in: ids } },
    { $set: { enqueued_at: new Date(0) }, $unset: { exact: '', audited: '' } },
  );
  await collections(ctx).audit.deleteMany({ company_id: company.id });
  const opts = { deduplication: { id: `follow-up-revocation-${ids[0]!}` } };
  await queue().add('follow-up-revocation', { revocation_id: ids[0] }, opts);
  await hand(ids, 'again');
  expect(await payloads()).toEqual(ids.map((id) => ({ revocation_id: id })));
  expect(await workOff()).toEqual(['done', 'done']);
  await expectFinished(ids);
});

test('given jobs of their own, they leave their group', async () => {
  const ids = await flagged(2);
  await hand(ids);
  await ctx.outbox.apart('revocations', ids);
  const alone = ids.map((id) => ({ revocation_id: id }));
  expect(await payloads()).toEqual([{ revocation_ids: ids }, ...alone]);
  expect((await stored(ids[0]!)).enqueued_with).toBeUndefined();
  // Which are dropped, in turn, while they wait.
  await hand(ids, 'again');
  expect(await payloads()).toHaveLength(3);
});

test('without Redis nothing throws, and nothing is marked', async () => {
  const ids = await flagged(2);
  const away = await openContext(testConfig({ REDIS_URL: 'redis://127.0.0.1:1' }), 'web');
  try {
    for (const id of ids) away.ctx.outbox.recorded('revocations', id);
    await away.ctx.outbox.drain();
    const refused = away.ctx.outbox.apart('revocations', ids);
    await expect(refused).rejects.toMatchObject({ code: 'unavailable' });
  } finally {
    await away.close();
  }
  for (const id of ids) expect((await stored(id)).enqueued_at).toBeNull();
});
