import { sweepDue } from '../../../src/core/cleanup/sweep-due';
import { liftLegalHold } from '../../../src/core/legal-holds/lift-legal-hold';
import { placeLegalHold } from '../../../src/core/legal-holds/place-legal-hold';
import type { Context } from '../../../src/context';
import { IdentifierHasher } from '../../../src/lib/identifier-hasher';
import { retentionId, type RetentionKind } from '../../../src/store/retentions';
import { reserveRetention } from '../../../src/core/retention/reserve-retention';
import { settleRetention } from '../../../src/core/retention/settle-retention';
import { manyCertificates } from '../batches/many-certificates';
import { DAY_MS } from '../../../src/lib/durations';
import { collections, database } from '../../helpers/collections';
import { CALLER, makeCompany, type TestCompany } from '../../helpers/company';
import { crashAt } from '../revocations/crash-at';
import {
  aged,
  asRemoved,
  cleanUp,
  cleanupsOf,
  named,
  never,
  remains,
  sweep,
  sweepAndClean,
  theCleanup,
  withCompanies,
} from './scene';

let ctx: Context;
let company: TestCompany;
const scene = () => ({ ctx, company });

withCompanies((opened) => ({ ctx, company } = opened), 'delete');

/** Sweeps; gives the ids that clean-ups are about. */
async function sweptIds(): Promise<string[]> {
  await sweep(scene());
  return (await cleanupsOf(scene())).flatMap(({ subject_ids }) => subject_ids).sort();
}

function reserve(sessionId: string, kind: RetentionKind) {
  return reserveRetention({ ctx, kind, companyId: company.id, sessionId, caller: CALLER });
}

test('records clean-ups for what is due, certificates with their recordings, and nothing else', async () => {
  const due = await aged(scene(), 366);
  const recording = await aged(scene(), 91);
  await aged(scene(), 89);
  await sweep(scene());
  const found = (await cleanupsOf(scene())).map((one) => ({
    subject: one.subject,
    ids: one.subject_ids,
    action: one.action,
  }));
  expect(found).toEqual([
    { subject: 'certificates', ids: [due.id], action: 'delete' },
    { subject: 'recordings', ids: [recording.id], action: 'delete' },
  ]);
});

test('what is pending or done is not swept again', async () => {
  const due = await aged(scene(), 366);
  await aged(scene(), 91);
  await sweep(scene());
  await sweep(scene());
  const first = await cleanupsOf(scene());
  expect(first).toHaveLength(2);
  for (const cleanup of first) await cleanUp(ctx, cleanup);
  await sweep(scene());
  expect(await cleanupsOf(scene())).toHaveLength(2);
  const later = await aged(scene(), 366);
  await sweep(scene());
  expect((await cleanupsOf(scene())).at(-1)?.subject_ids).toEqual([later.id]);
  expect(await remains(scene(), due.id)).toBe('removed');
});

test('a failed clean-up keeps what it is about, and does not hold up the rest', async () => {
  const stuck = await aged(scene(), 366);
  await sweep(scene());
  const { _id } = await theCleanup(scene());
  const other = await aged(scene(), 366);
  await sweep(scene());
  expect(await cleanupsOf(scene())).toHaveLength(1);
  await ctx.store.cleanups.failStep(_id, 'recording', 'internal', new Date());
  await sweep(scene());
  const found = (await cleanupsOf(scene())).map(({ subject_ids }) => subject_ids);
  expect(found).toEqual([[stuck.id], [other.id]]);
});

test('sweeps in groups of 200, and past what is kept', async () => {
  const held = await aged(scene(), 1_000);
  await aged(scene(), 400);
  const copies = await manyCertificates(ctx, company, 450);
  const old = new Date('2020-01-01');
  const { certificates } = collections(ctx);
  await certificates.updateMany({ _id: { $in: copies } }, { $set: { created_at: old } });
  await placeLegalHold({
    ctx,
    companyId: company.id,
    caller: CALLER,
    input: { certificate_id: held.id, reason: 'case 7' },
  });
  await sweep(scene());
  const sizes = (await cleanupsOf(scene())).map(({ subject_ids }) => subject_ids.length);
  expect(sizes.sort((a, b) => a - b)).toEqual([51, 200, 200]);
  await sweep(scene());
  expect(await cleanupsOf(scene())).toHaveLength(3);
});

test.each(['session', 'certificate'] as const)(
  'a %s that is paid for stays from its reservation on',
  async (kind) => {
    const { id, sessionId } = await aged(scene(), 366);
    await reserve(sessionId, kind);
    expect(await sweptIds()).toEqual([]);
    await settleRetention({ ctx, retentionId: retentionId(kind, company.id, sessionId) });
    await sweepAndClean(scene());
    // Paying for the certificate does not pay for the recording.
    expect(await remains(scene(), id)).toBe(kind === 'session' ? 'full, recording' : 'full');
  },
);

test('a released reservation keeps nothing', async () => {
  const { id, sessionId } = await aged(scene(), 366);
  await reserve(sessionId, 'certificate');
  const { retentions } = collections(ctx);
  await retentions.updateOne({ certificate_id: id }, { $set: { state: 'released' } });
  expect(await sweptIds()).toEqual([id]);
});

describe('legal holds', () => {
  const hold = (input: Parameters<typeof placeLegalHold>[0]['input']) =>
    placeLegalHold({ ctx, companyId: company.id, caller: CALLER, input });

  test.each([
    ['all', () => ({ all: true as const })],
    ['a certificate', (id: string) => ({ certificate_id: id })],
    ['a user by email', () => ({ user_id: ' JO@example.com' })],
    ['a user by mobile', () => ({ user_id: '415-555-0100' })],
  ])('on %s: nothing is removed until the hold is lifted', async (_name, subjectOf) => {
    const person = { email: 'jo@Example.com', mobile: '+14155550100' };
    const both = [await aged(scene(), 366, person), await aged(scene(), 91, person)];
    const subjects = both.map(({ id }) => subjectOf(id));
    for (const subject of subjects) await hold({ ...subject, reason: 'case 7' });
    expect(await sweptIds()).toEqual([]);
    const lift = { ctx, companyId: company.id, caller: CALLER };
    const holds = new Map(subjects.map((subject) => [JSON.stringify(subject), subject]));
    for (const subject of holds.values()) await liftLegalHold({ ...lift, input: subject });
    expect(await sweptIds()).toEqual(both.map(({ id }) => id).sort());
  });

  test('on somebody else, or by another company, has no effect', async () => {
    const { id } = await aged(scene(), 366, { email: 'jo@example.com' });
    await hold({ user_id: 'ann@example.com', reason: 'case 7' });
    const other = await makeCompany(ctx);
    await placeLegalHold({
      ctx,
      companyId: other.id,
      caller: CALLER,
      input: { all: true, reason: 'case 8' },
    });
    expect(await sweptIds()).toEqual([id]);
  });

  test('on a user covers what was captured under an older key', async () => {
    await aged(scene(), 366, { email: 'jo@example.com' });
    await hold({ user_id: 'jo@example.com', reason: 'case 7' });
    const identifiers = new IdentifierHasher([
      'newer-key-0123456789012',
      ...ctx.config.identifierKeys,
    ]);
    await sweep({ ...scene(), ctx: { ...ctx, identifiers } });
    expect(await cleanupsOf(scene())).toEqual([]);
  });
});

test('what a crashed sweep recorded is cleaned up, and the next sweep finds the rest', async () => {
  const first = await aged(scene(), 366);
  const recording = await aged(scene(), 91);
  const crashing = { ctx: crashAt(ctx, 'cleanup.recorded'), signal: never, now: new Date() };
  await expect(sweepDue(crashing)).rejects.toThrow('crash');
  const cleanup = await theCleanup(scene());
  const future = new Date(Date.now() + 60_000);
  expect(await ctx.store.cleanups.findPending(future, future, 100)).toContain(cleanup._id);
  await sweepAndClean(scene());
  const removed = asRemoved(scene(), [first.id]);
  expect(await named(scene(), 'certificate.cleaned')).toEqual(removed);
  await sweepAndClean(scene());
  expect(await named(scene(), 'recording.cleaned')).toEqual([recording.id, ...removed]);
});

test('two sweeps at once do no harm', async () => {
  const ids = [(await aged(scene(), 366)).id, (await aged(scene(), 366)).id];
  await Promise.all([sweep(scene()), sweep(scene())]);
  for (const cleanup of await cleanupsOf(scene())) await cleanUp(ctx, cleanup);
  const removed = asRemoved(scene(), ids);
  expect(await named(scene(), 'certificate.cleaned')).toEqual(removed);
  expect(await named(scene(), 'recording.cleaned')).toEqual(removed);
  for (const { state } of await cleanupsOf(scene())) expect(state).toBe('done');
});

test('while one process sweeps, others do not', async () => {
  await aged(scene(), 366);
  const outcomes: string[] = [];
  const reach = async (step: string): Promise<void> => {
    if (step === 'cleanup.recorded' && outcomes.length === 0) outcomes.push(await sweep(scene()));
  };
  outcomes.push(await sweep({ ...scene(), ctx: { ...ctx, reach } }));
  expect(outcomes).toEqual(['under_way', 'done']);
});

test('what a sweep did not get to is what the next one begins with', async () => {
  const companies = [company.id, (await makeCompany(ctx)).id, (await makeCompany(ctx)).id].sort();
  const swept: string[] = [];
  const watching = (stopAfter: number | null) => {
    const stop = new AbortController();
    const { companies: store } = ctx.store;
    const findMany: typeof store.findMany = async (ids) => {
      const found = await store.findMany(ids);
      return found.map((one) => ({
        ...one,
        get retention() {
          if (swept.at(-1) !== one._id) swept.push(one._id);
          if (swept.length === stopAfter) stop.abort(new Error('stopped'));
          return one.retention;
        },
      }));
    };
    const watched = { ...ctx, store: { ...ctx.store, companies: { ...store, findMany } } };
    return sweepDue({ ctx: watched, signal: stop.signal, now: new Date() });
  };
  const all = await ctx.store.companies.idsAfter('', 1_000);
  await expect(watching(2)).rejects.toThrow('stopped');
  expect(swept).toEqual(all.slice(0, 2));
  swept.length = 0;
  await watching(null);
  // It stopped in the second one.
  expect(swept).toEqual(all.slice(1));
  swept.length = 0;
  await watching(null);
  expect(swept).toEqual(all);
  expect(all).toEqual(expect.arrayContaining(companies));
});

test('what is paid for is not read until its time is over', async () => {
  const kept = await aged(scene(), 366);
  for (const kind of ['session', 'certificate'] as const) {
    await reserve(kept.sessionId, kind);
    await settleRetention({ ctx, retentionId: retentionId(kind, company.id, kept.sessionId) });
  }
  const db = database(ctx);
  await db.command({ profile: 2 });
  try {
    await sweep(scene());
  } finally {
    await db.command({ profile: 0 });
  }
  const read = {
    op: 'query',
    ns: /(certificates|recordings)$/,
    'command.filter.company_id': company.id,
  };
  const queries = await db.collection('system.profile').find(read).toArray();
  expect(queries.length).toBeGreaterThan(2);
  for (const { docsExamined } of queries) expect(docsExamined).toBe(0);
  const over = new Date(Date.now() + 2_000 * DAY_MS);
  await sweepDue({ ctx, signal: never, now: over });
  expect((await cleanupsOf(scene())).map(({ subject }) => subject)).toContain('certificates');
});

test('a sweep stops when it is aborted', async () => {
  await aged(scene(), 366);
  const signal = AbortSignal.abort(new Error('stopped'));
  await expect(sweepDue({ ctx, signal, now: new Date() })).rejects.toThrow('stopped');
});

test('reads by index, and no tombstones', async () => {
  await aged(scene(), 366);
  await sweepAndClean(scene());
  const { certificates, recordings } = collections(ctx);
  const byNow = { $lte: new Date() };
  const notKept = { $not: { $gt: new Date() } };
  const explained = await certificates
    .find({ company_id: company.id, data: 'full', kept_until: notKept, created_at: byNow })
    .sort({ kept_until: 1, created_at: 1 })
    .explain('executionStats');
  expect(explained.executionStats).toMatchObject({ totalDocsExamined: 0 });
  // One to see that there are none.
  expect(explained.executionStats).toHaveProperty('totalKeysExamined', 1);
  const ofRecordings = await recordings
    .find({ company_id: company.id, kept_until: notKept, recorded_at: byNow })
    .project({ recorded_at: 1 })
    .sort({ kept_until: 1, recorded_at: 1, _id: 1 })
    .explain('executionStats');
  expect(ofRecordings.executionStats).toMatchObject({ totalDocsExamined: 0 });
});
