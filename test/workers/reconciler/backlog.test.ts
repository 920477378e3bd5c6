import { openContext } from '../../helpers/context';
import type { Context } from '../../../src/context';
import { startReconciler } from '../../../workers/reconciler/start-reconciler';
import { collections, database } from '../../helpers/collections';
import { CALLER, makeCertificate, makeCompany } from '../../helpers/company';
import { testConfig } from '../../helpers/settings';
import { until } from '../../helpers/until';
import { ensureIndexes } from '../../helpers/indexes';

const EVERY_MS = 50;
const AGO_MS = 10_000;
const BACKLOG = 20_000;
const PROFILE_EVERYTHING = 2;

let ctx: Context;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'worker'));
  await ensureIndexes(ctx);
});
afterEach(async () => {
  await collections(ctx).cleanups.deleteMany({});
});
afterAll(() => close());

/** Clean-ups that wait for the queue, or in it. */
async function backlog(count: number, enqueued_at: Date | null): Promise<void> {
  const requested_at = new Date(Date.now() - AGO_MS);
  const waiting = Array.from({ length: count }, (_, i) => ({
    _id: `cln_${String(i)}`,
    company_id: 'nobody',
    subject: 'certificates' as const,
    state: 'pending' as const,
    requested_at,
    enqueued_at,
  }));
  await database(ctx).collection<(typeof waiting)[number]>('cleanups').insertMany(waiting);
}

test('flags do not wait for a long backlog of other work', async () => {
  const company = await makeCompany(ctx);
  const { id } = await makeCertificate(ctx, company);
  const { cleanups } = collections(ctx);
  const notEnqueued = () => cleanups.countDocuments({ state: 'pending', enqueued_at: null });
  await backlog(BACKLOG, null);
  const reconciler = startReconciler(ctx, EVERY_MS);
  try {
    await until('the backlog is being worked off', async () => (await notEnqueued()) < BACKLOG);
    await ctx.store.revocations.insert({
      _id: 'rev_behind',
      company_id: company.id,
      method: 'api',
      ...CALLER,
      reason: null,
      certificate_ids: [id],
      requested_at: new Date(Date.now() - AGO_MS),
      state: 'recorded',
      flags_committed_at: null,
      completed_at: null,
      enqueued_at: null,
      batch_id: null,
      rows: null,
    });
    await until('it is flagged', async () => {
      const certificate = await ctx.store.certificates.find(company.id, id);
      return certificate?.opt_out.revoke;
    });
    expect(await notEnqueued()).toBeGreaterThan(0);
  } finally {
    await reconciler.stop();
  }
});

test('what waits in the queue is not read again and again', async () => {
  await backlog(2_000, new Date());
  const db = database(ctx);
  await db.command({ profile: PROFILE_EVERYTHING });
  try {
    const aMinuteAgo = new Date(Date.now() - 60_000);
    expect(await ctx.store.cleanups.findPending(new Date(), aMinuteAgo, 500)).toEqual([]);
  } finally {
    await db.command({ profile: 0 });
  }
  const read = await db
    .collection('system.profile')
    .find({ ns: /cleanups$/, op: 'query' })
    .toArray();
  expect(read).toHaveLength(2);
  for (const { docsExamined, keysExamined } of read) {
    expect(docsExamined).toBe(0);
    // One to see that there are none.
    expect(keysExamined).toBeLessThanOrEqual(1);
  }
});
