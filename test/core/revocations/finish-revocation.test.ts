import type { Context } from '../../../src/context';
import { openContext } from '../../helpers/context';
import { newBatch } from '../../../src/core/batches/new-batch';
import { flagRevocation } from '../../../src/core/revocations/flag-revocation';
import { finishRevocation } from '../../../src/core/revocations/finish-revocation';
import { newRevocation } from '../../../src/core/revocations/new-revocation';
import { revokeByIdentifiers } from '../../../src/core/revocations/revoke-by-identifiers';
import { NO_LEAF_YET } from '../../../src/store/log-leaves';
import { collections } from '../../helpers/collections';
import { CALLER, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { testConfig } from '../../helpers/settings';
import { ensureIndexes } from '../../helpers/indexes';
import { crashAt } from './crash-at';

let ctx: Context;
let close: () => Promise<void>;
let company: TestCompany;
let ids: string[];

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'web'));
  await ensureIndexes(ctx);
});

beforeEach(async () => {
  company = await makeCompany(ctx);
  const jo = { email: 'jo@example.com' };
  ids = [];
  for (let i = 0; i < 3; i++) ids.push((await makeCertificate(ctx, company, jo)).id);
  ids.sort();
});

afterAll(() => close());

/** Revokes everything and crashes at a step; returns the id of the recorded request. */
async function revokeAndCrashAt(step: string): Promise<string> {
  await expect(
    revokeByIdentifiers({
      ctx: crashAt(ctx, step),
      companyId: company.id,
      identifiers: { email: 'jo@example.com' },
      method: 'consumer_portal',
      reason: 'too many calls',
      caller: { actor: { type: 'consumer', id: null }, ip: '203.0.113.7' },
    }),
  ).rejects.toThrow('crash');
  const [request] = await collections(ctx).revocations.find({ company_id: company.id }).toArray();
  if (!request) throw new Error('nothing was recorded');
  return request._id;
}

async function entries() {
  const filter = { action: 'certificate.revoked' };
  return (await ctx.store.audit.list(company.id, filter, { limit: 100 })).items;
}

test.each([
  'revocation.recorded',
  'revocation.chunk_flagged',
  'revocation.flagged',
  'revocation.enqueueing',
])('after a crash at %s the revocation is finished, once', async (step) => {
  const revocationId = await revokeAndCrashAt(step);
  const request = await ctx.store.revocations.find(revocationId);
  expect(await finishRevocation({ ctx, revocationId })).toBe('done');
  expect(await finishRevocation({ ctx, revocationId })).toBe('already_done');
  expect(await entries()).toEqual([
    {
      _id: `${revocationId}.0`,
      company_id: company.id,
      at: request?.requested_at,
      action: 'certificate.revoked',
      method: 'consumer_portal',
      actor: { type: 'consumer', id: null },
      reason: 'too many calls',
      certificates: ids,
      ip: '203.0.113.7',
      leaf: NO_LEAF_YET,
    },
  ]);
  const finished = await ctx.store.revocations.find(revocationId);
  expect(finished).toMatchObject({
    state: 'completed',
    flags_committed_at: expect.any(Date) as Date,
  });
});

test('flagging covers only what the request named, and a repeat changes nothing', async () => {
  const revocationId = await revokeAndCrashAt('revocation.recorded');
  const later = await makeCertificate(ctx, company, { email: 'jo@example.com' });
  const first = await flagRevocation({ ctx, revocationId });
  expect(first).toEqual({ state: 'flagged', revokedIds: ids });
  expect(await flagRevocation({ ctx, revocationId })).toEqual(first);
  const untouched = await ctx.store.certificates.find(company.id, later.id);
  expect(untouched?.opt_out.revoke).toBe(false);
});

test('finishing ten times at once writes one set of entries', async () => {
  const revocationId = await revokeAndCrashAt('revocation.recorded');
  const outcomes = await Promise.all(
    Array.from({ length: 10 }, () => finishRevocation({ ctx, revocationId })),
  );
  expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(1);
  expect((await entries()).map(({ certificates }) => certificates)).toEqual([ids]);
});

test.each(['revocation.entry_written', 'revocation.audited'])(
  'after a crash at %s nothing is written twice',
  async (step) => {
    const revocationId = await revokeAndCrashAt('revocation.flagged');
    const crashing = crashAt(ctx, step);
    await expect(finishRevocation({ ctx: crashing, revocationId })).rejects.toThrow('crash');
    expect(await finishRevocation({ ctx, revocationId })).toBe('done');
    expect((await entries()).map(({ certificates }) => certificates)).toEqual([ids]);
  },
);

test('a clean-up between two entries makes it miss no certificate', async () => {
  const collection = collections(ctx).certificates;
  const [template] = await collection.find({ _id: ids[0] }).toArray();
  const copies = Array.from({ length: 1_500 }, (_, i) => ({
    ...template!,
    _id: `EC-copy-${company.id}-${String(i)}`,
    session_id: `copy-${String(i)}`,
  }));
  await collection.insertMany(copies);
  const revocationId = await revokeAndCrashAt('revocation.flagged');
  const crashing = crashAt(ctx, 'revocation.entry_written');
  await expect(finishRevocation({ ctx: crashing, revocationId })).rejects.toThrow('crash');
  const [written] = await entries();
  expect(written?.certificates).toHaveLength(1_000);
  await collection.deleteMany({ _id: { $in: written!.certificates.slice(0, 3) } });
  expect(await finishRevocation({ ctx, revocationId })).toBe('done');
  const named = (await entries()).flatMap(({ certificates }) => certificates);
  expect(named.sort()).toEqual([...ids, ...copies.map(({ _id }) => _id)].sort());
});

test('a request that another one overtook revokes what is left', async () => {
  const slow = await revokeAndCrashAt('revocation.recorded');
  const by = { ctx, companyId: company.id, method: 'api' as const, caller: CALLER };
  await revokeByIdentifiers({ ...by, identifiers: { certificate_id: ids[1] } });
  expect(await flagRevocation({ ctx, revocationId: slow })).toEqual({
    state: 'flagged',
    revokedIds: [ids[0], ids[2]],
  });
});

test('a request that revoked nothing is void and leaves no trace in the audit', async () => {
  const slow = await revokeAndCrashAt('revocation.recorded');
  const by = { ctx, companyId: company.id, method: 'api' as const, caller: CALLER };
  const fast = await revokeByIdentifiers({ ...by, identifiers: { email: 'jo@example.com' } });
  expect(fast.revoked).toBe(3);
  expect(await finishRevocation({ ctx, revocationId: slow })).toBe('void');
  expect(await finishRevocation({ ctx, revocationId: slow })).toBe('void');
  // The entry of the other one is there from the start.
  expect((await entries()).map(({ _id }) => _id)).toEqual([`${String(fast.revocation_id)}.0`]);
});

test.each([
  ['that is still open', { open: true }, 'batched'],
  ['that is closed', { open: false }, 'flagged'],
  ['that is gone', null, 'flagged'],
] as const)('the audit of a part of a batch %s', async (_, batch, state) => {
  const batchId = `bat_${company.id}`;
  if (batch) {
    const more = { _id: batchId, company_id: company.id, method: 'csv' as const };
    await ctx.store.batches.insert(
      newBatch({
        ...more,
        caller: CALLER,
        reason: null,
        state: 'revoking',
        created_at: new Date(),
        ...batch,
      }),
    );
  }
  const revocationId = `${batchId}.0000000000-0`;
  await ctx.store.revocations.insert(
    newRevocation({
      _id: revocationId,
      company_id: company.id,
      method: 'csv',
      ...CALLER,
      reason: null,
      certificate_ids: ids,
      requested_at: new Date(),
      batch_id: batchId,
      rows: { first: 0, last: 2 },
    }),
  );
  expect(await flagRevocation({ ctx, revocationId })).toEqual({ state, revokedIds: ids });
  expect((await ctx.store.revocations.find(revocationId))?.state).toBe(state);
  // The job of an open batch writes it; where there is no such job, the follow-up does.
  expect(await finishRevocation({ ctx, revocationId })).toBe('done');
  const written = (await entries()).map(({ certificates }) => certificates);
  expect(written).toEqual([ids]);
});

test('an unknown request is gone', async () => {
  expect(await finishRevocation({ ctx, revocationId: 'rev_none' })).toBe('gone');
  expect(await flagRevocation({ ctx, revocationId: 'rev_none' })).toBe('gone');
});
