import type { Context } from '../../../src/context';
import { createFinishTogether } from '../../../src/core/revocations/finish-together';
import { revokeByIdentifiers } from '../../../src/core/revocations/revoke-by-identifiers';
import { openContext } from '../../helpers/context';
import type { Revocation } from '../../../src/store/revocations';
import { NO_LEAF_YET } from '../../../src/store/log-leaves';
import { collections } from '../../helpers/collections';
import { CALLER, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { testConfig } from '../../helpers/settings';
import { ensureIndexes } from '../../helpers/indexes';
import { manyCertificates } from '../batches/many-certificates';
import { crashAt } from './crash-at';

let ctx: Context;
let close: () => Promise<void>;
let company: TestCompany;
let people = 0;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'worker'));
  await ensureIndexes(ctx);
});
beforeEach(async () => {
  company = await makeCompany(ctx);
});
afterEach(() => jest.restoreAllMocks());
afterAll(() => close());

/** A person's request, flagged or only recorded, and the ids of the certificates. */
async function request(step = 'revocation.enqueueing'): Promise<{ id: string; ids: string[] }> {
  const email = `p${String(++people)}@example.com`;
  const ids: string[] = [];
  for (let i = 0; i < 2; i++) ids.push((await makeCertificate(ctx, company, { email })).id);
  const asked = { companyId: company.id, identifiers: { email }, method: 'api' as const };
  const crashing = revokeByIdentifiers({ ...asked, ctx: crashAt(ctx, step), caller: CALLER });
  await expect(crashing).rejects.toThrow('crash');
  const recorded = await collections(ctx).revocations.findOne({ certificate_ids: ids[0] });
  return { id: recorded!._id, ids: ids.sort() };
}

/** As earlier releases left them: the follow-up has everything to do. */
async function unaudited(ids: string[]): Promise<void> {
  const { audit, revocations } = collections(ctx);
  await revocations.updateMany({ _id: { $in: ids } }, { $unset: { exact: '', audited: '' } });
  await audit.deleteMany({ _id: { $in: ids.map((id) => `${id}.0`) } });
}

const stored = async (id: string) => (await ctx.store.revocations.find(id)) as Revocation;
const entries = () =>
  collections(ctx)
    .audit.find({ company_id: company.id, action: 'certificate.revoked' })
    .sort({ _id: 1 })
    .toArray();

test.each(['as they are now', 'as earlier releases left them'])(
  'requests in flight share their writes, and each has its entry: %s',
  async (how) => {
    const requests = [await request(), await request(), await request()];
    const isAudited = how === 'as they are now';
    if (!isAudited) await unaudited(requests.map(({ id }) => id));
    const finish = createFinishTogether({ ctx });
    const append = jest.spyOn(ctx.store.audit, 'appendMany');
    const complete = jest.spyOn(ctx.store.revocations, 'completeAudited');
    const find = jest.spyOn(ctx.store.revocations, 'findMany');
    const outcomes = await Promise.all(requests.map(({ id }) => finish(id)));
    expect(outcomes).toEqual(['done', 'done', 'done']);
    expect(complete).toHaveBeenCalledTimes(1);
    // A single write, and no read, for what is audited.
    expect(find).toHaveBeenCalledTimes(isAudited ? 0 : 1);
    expect(append).toHaveBeenCalledTimes(isAudited ? 0 : 1);
    const written = await entries();
    const expected = await Promise.all(
      requests.map(async ({ id, ids }) => ({
        _id: `${id}.0`,
        company_id: company.id,
        at: (await stored(id)).requested_at,
        action: 'certificate.revoked',
        method: 'api',
        reason: null,
        certificates: ids,
        leaf: NO_LEAF_YET,
        ...CALLER,
      })),
    );
    expect(written).toEqual(expected.sort((a, b) => (a._id < b._id ? -1 : 1)));
    for (const { id } of requests) {
      expect(await stored(id)).toMatchObject({
        state: 'completed',
        completed_at: expect.any(Date),
      });
    }
  },
);

test('asked for twice, it is done once', async () => {
  const { id, ids } = await request();
  const finish = createFinishTogether({ ctx });
  expect(await Promise.all([finish(id), finish(id)])).toEqual(['done', 'done']);
  expect(await finish(id)).toBe('already_done');
  expect((await entries()).map(({ certificates }) => certificates)).toEqual([ids]);
});

test('what is only recorded, unknown or void is finished, too, beside the others', async () => {
  const [flagged, recorded, empty] = [
    await request(),
    await request('revocation.recorded'),
    await request('revocation.recorded'),
  ];
  await collections(ctx).certificates.deleteMany({ _id: { $in: empty.ids } });
  const finish = createFinishTogether({ ctx });
  const all = [flagged.id, recorded.id, 'rev_none', empty.id];
  expect(await Promise.all(all.map(finish))).toEqual(['done', 'done', 'gone', 'void']);
  expect((await stored(recorded.id)).state).toBe('completed');
  const named = (await entries()).flatMap(({ certificates }) => certificates);
  expect(named.sort()).toEqual([...flagged.ids, ...recorded.ids].sort());
});

test('a request names no more than what it revoked once it is completed', async () => {
  const { id, ids } = await request();
  await collections(ctx).certificates.deleteOne({ _id: ids[0] });
  const other = await request();
  await unaudited([id, other.id]);
  await collections(ctx).certificates.deleteMany({ _id: { $in: other.ids } });
  const finish = createFinishTogether({ ctx });
  expect(await Promise.all([finish(id), finish(other.id)])).toEqual(['done', 'done']);
  expect((await stored(id)).certificate_ids).toEqual([ids[1]]);
  // Nothing is left to name: no entry, and nothing named.
  expect((await stored(other.id)).certificate_ids).toEqual([]);
  expect((await entries()).map(({ certificates }) => certificates)).toEqual([[ids[1]]]);
});

test.each(['revocation.entry_written', 'revocation.audited'])(
  'after a crash at %s the next one finishes, and nothing is written twice',
  async (step) => {
    const { id, ids } = await request();
    await unaudited([id]);
    const crashing = createFinishTogether({ ctx: crashAt(ctx, step) });
    await expect(crashing(id)).rejects.toThrow('crash');
    expect((await stored(id)).state).toBe('flagged');
    expect(await createFinishTogether({ ctx })(id)).toBe('done');
    expect((await entries()).map(({ certificates }) => certificates)).toEqual([ids]);
  },
);

test('a request that needs several entries is finished by itself', async () => {
  const ids = await manyCertificates(ctx, company, 1_001);
  const { id } = await request();
  const { certificates, revocations } = collections(ctx);
  await unaudited([id]);
  await revocations.updateOne({ _id: id }, { $set: { certificate_ids: ids } });
  const flag = { 'opt_out.revoke': true, 'opt_out.revocation_id': id };
  await certificates.updateMany({ _id: { $in: ids } }, { $set: flag });
  await certificates.deleteMany({ 'opt_out.revocation_id': id, _id: { $nin: ids } });
  expect(await createFinishTogether({ ctx })(id)).toBe('done');
  const written = await entries();
  expect(written.map((entry) => entry.certificates.length)).toEqual([1_000, 1]);
});

test.each(['revocation.audited', 'revocation.completed'])(
  'after a crash at %s of what is audited, the next one finds it so',
  async (step) => {
    const { id, ids } = await request();
    const crashing = createFinishTogether({ ctx: crashAt(ctx, step) });
    await expect(crashing(id)).rejects.toThrow('crash');
    const outcome = step === 'revocation.audited' ? 'done' : 'already_done';
    expect(await createFinishTogether({ ctx })(id)).toBe(outcome);
    expect((await entries()).map(({ certificates }) => certificates)).toEqual([ids]);
  },
);

test('one that cannot be finished fails alone', async () => {
  const [good, bad, other] = [
    await request(),
    await request('revocation.recorded'),
    await request(),
  ];
  // Settling it fails, whoever tries.
  jest.spyOn(ctx.store.revocations, 'advanceFlagged').mockRejectedValue(new Error('broken'));
  const finish = createFinishTogether({ ctx });
  const outcomes = await Promise.allSettled([finish(good.id), finish(bad.id), finish(other.id)]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  for (const { id } of [good, other]) expect((await stored(id)).state).toBe('completed');
});

test('where MongoDB is away, all fail, and none is tried again alone', async () => {
  const away = Object.assign(new Error('gone'), { name: 'MongoNetworkError' });
  const find = jest.spyOn(ctx.store.revocations, 'completeAudited').mockRejectedValue(away);
  const finish = createFinishTogether({ ctx });
  const outcomes = await Promise.allSettled([finish('a'), finish('b')]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(find).toHaveBeenCalledTimes(1);
});
