import { overview } from '../../../src/core/activity/overview';
import { recordActivity } from '../../../src/core/activity/record-activity';
import { newScrub } from '../../../src/core/batches/scrub/new-scrub';
import { makeStatements } from '../../../src/core/wallet/make-statements';
import type { Context } from '../../../src/context';
import type { Batch } from '../../../src/store/batches';
import { openContext } from '../../helpers/context';
import { storeBatch } from '../batches/scene';
import { daysAgo, makeOldCompany, moveMoney, today } from '../wallet/ledger-scene';
import { collections } from '../../helpers/collections';
import { ensureIndexes } from '../../helpers/indexes';
import { testConfig } from '../../helpers/settings';

const NOW = today(15);

let ctx: Context;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'worker'));
  await ensureIndexes(ctx);
});
beforeEach(() => collections(ctx).companies.deleteMany());
afterAll(() => close());

const look = (companyId: string, days = 3) => overview({ ctx, companyId, days, now: NOW });

/** Writes what a day's counts would be. */
async function counted(
  companyId: string,
  at: Date,
  refused: number,
  revoked: Record<string, number>,
) {
  const counts = { refused_checks: refused, link_opens: 0 };
  await ctx.store.activityDays.add([
    { companyId, at, counts, revoked: new Map(Object.entries(revoked)) },
  ]);
}

/** Six days: of each the checks, then a top-up, which is neither check nor spend. */
async function makeHistory(days: number): Promise<string> {
  const id = await makeOldCompany(ctx, days);
  await moveMoney(ctx, id, 'top_up', 1_000_000, daysAgo(5));
  await moveMoney(ctx, id, 'check_match', -15_000, daysAgo(5));
  await moveMoney(ctx, id, 'check_match', -15_000, daysAgo(2));
  await moveMoney(ctx, id, 'check_partial_match', -15_000, daysAgo(2));
  await moveMoney(ctx, id, 'session_retention', -100_000, daysAgo(1));
  await moveMoney(ctx, id, 'check_match', -15_000, daysAgo(0));
  await counted(id, daysAgo(4), 4, { csv: 10 });
  await counted(id, daysAgo(1), 1, { csv: 2, api: 7 });
  await counted(id, daysAgo(0), 2, { consumer_portal: 1, csv: 1 });
  return id;
}

test('shows days, and what they come to against as many before', async () => {
  const id = await makeHistory(6);
  expect(await look(id)).toEqual({
    days: [
      { day: '2026-01-08', allowed: 2, refused: 0 },
      { day: '2026-01-09', allowed: 0, refused: 1 },
      { day: '2026-01-10', allowed: 1, refused: 2 },
    ],
    missingFrom: null,
    checks: { now: 6, before: 5 },
    refused: { now: 3, before: 4 },
    revocations: { now: 11, before: 10 },
    revokedBy: [
      { method: 'api', count: 7 },
      { method: 'csv', count: 3 },
      { method: 'consumer_portal', count: 1 },
    ],
    spent: { now: 145_000, before: 15_000 },
    wallet: expect.objectContaining({ available_microusd: 840_000 }),
    webhooksOverdue: 0,
    // 840,000 at 145,000 in three days.
    daysLeft: 17,
    batches: [],
  });
});

test('is the same from statements as from the ledger', async () => {
  const id = await makeHistory(6);
  const before = await look(id);
  await makeStatements({ ctx, signal: new AbortController().signal, now: NOW });
  expect(await look(id)).toEqual(before);
});

test('compares nothing with a time when the company was not there, nor divides by it', async () => {
  const id = await makeOldCompany(ctx, 1);
  await moveMoney(ctx, id, 'top_up', 100_000, daysAgo(1));
  await moveMoney(ctx, id, 'check_match', -15_000, daysAgo(0));
  expect(await look(id, 30)).toMatchObject({
    checks: { now: 1, before: null },
    spent: { now: 15_000, before: null },
    daysLeft: 5,
  });
  const idle = await makeOldCompany(ctx, 1);
  expect((await look(idle)).daysLeft).toBeNull();
});

test('names at most five batches, those with work left first, and none of other companies', async () => {
  const id = await makeOldCompany(ctx, 6);
  const company = { id, propertyId: '', token: '', ids: { company_id: id, property_id: '' } };
  const other = await makeOldCompany(ctx, 6);
  const store = (days: number, open: boolean, of = company) =>
    storeBatch({ ctx, company: of, close }, 'email\na@example.com\n', {
      created_at: daysAgo(days),
      open,
      state: open ? 'revoking' : 'completed',
    });
  await store(1, true, { ...company, id: other });
  const old = await store(6, true);
  const finished: string[] = [];
  for (const days of [1, 2, 3, 4, 5]) finished.push((await store(days, false))._id);
  const { batches } = await look(id);
  expect(batches.map(({ batch_id }) => batch_id)).toEqual([old._id, ...finished.slice(0, 4)]);
});

test('names scrubs with work left among them, and no others', async () => {
  const id = await makeOldCompany(ctx, 6);
  const company = { id, propertyId: '', token: '', ids: { company_id: id, property_id: '' } };
  const scrub = { kind: 'scrubs' as const, scrub: newScrub({}) };
  const store = (days: number, more: Partial<Batch>) => {
    const at = { created_at: daysAgo(days), requested_at: daysAgo(days) };
    return storeBatch({ ctx, company, close }, 'email\na@example.com\n', { ...at, ...more });
  };
  const done = await store(1, { state: 'completed', open: false });
  await store(1, { ...scrub, state: 'completed', open: false });
  await store(1, { ...scrub, state: 'previewed', open: false });
  const revoking = await store(3, { state: 'revoking', open: true });
  const answering = await store(2, { ...scrub, state: 'answering', open: true });
  const { batches } = await look(id);
  expect(batches.map(({ batch_id, kind }) => [batch_id, kind])).toEqual([
    [answering._id, 'scrubs'],
    [revoking._id, 'revocations'],
    [done._id, 'revocations'],
  ]);
});

test('shows what has just been counted', async () => {
  const id = await makeOldCompany(ctx, 6);
  ctx.activity.count(id, 'refused_checks');
  ctx.activity.countRevoked(id, 'dashboard', 3);
  await recordActivity({ ctx });
  expect(await overview({ ctx, companyId: id, days: 30 })).toMatchObject({
    refused: { now: 1 },
    revokedBy: [{ method: 'dashboard', count: 3 }],
  });
});

test('no unknown company, and no days without end', async () => {
  await expect(look('unknown')).rejects.toThrow('Company not found');
  await expect(look('unknown', 201)).rejects.toThrow(RangeError);
});
