import type { Context } from '../../../src/context';
import { companyOfJob } from '../../../src/core/jobs/companies-of-jobs';
import { createFinishTogether, type Finish } from '../../../src/core/revocations/finish-together';
import { followUpRevocations } from '../../../src/core/revocations/follow-up-revocations';
import { revokeByIdentifiers } from '../../../src/core/revocations/revoke-by-identifiers';
import { openContext } from '../../helpers/context';
import { unavailable } from '../../../src/errors';
import { collections } from '../../helpers/collections';
import { CALLER, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { testConfig } from '../../helpers/settings';
import { ensureIndexes } from '../../helpers/indexes';
import { wipeRedis } from '../../workers/wipe';
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
afterEach(() => wipeRedis(ctx));
afterAll(() => close());

/** The id of a request of a company whose flags are set. */
async function flagged(of = company): Promise<string> {
  const { id } = await makeCertificate(ctx, of);
  const crashing = revokeByIdentifiers({
    ctx: crashAt(ctx, 'revocation.enqueueing'),
    companyId: of.id,
    identifiers: { certificate_id: id },
    method: 'api',
    caller: CALLER,
  });
  await expect(crashing).rejects.toThrow('crash');
  const found = await collections(ctx).revocations.findOne({ certificate_ids: id });
  return found!._id;
}

const several = async (count: number) => {
  const ids: string[] = [];
  while (ids.length < count) ids.push(await flagged());
  return ids;
};
const states = async (ids: string[]) =>
  Promise.all(ids.map(async (id) => (await ctx.store.revocations.find(id))?.state));
const followUp = (revocationIds: string[], finish: Finish) =>
  followUpRevocations({ ctx, finish, revocationIds });
const jobs = async () => {
  const waiting = await ctx.queues.byName['opt-outs'].getWaiting();
  return waiting.map(({ name, data }) => [name, data as unknown]);
};

/** As the real one, but fails for one of them. */
function failingFor(bad: string, error: Error): Finish {
  const finish = createFinishTogether({ ctx });
  return (id) => (id === bad ? Promise.reject(error) : finish(id));
}

test('one that fails does not hold up the others, and alone has a job of its own', async () => {
  const ids = await several(3);
  const bad = ids[1]!;
  expect(await followUp(ids, failingFor(bad, new Error('broken')))).toBe('split');
  expect(await states(ids)).toEqual(['completed', 'flagged', 'completed']);
  const own = [['follow-up-revocation', { revocation_id: bad }]];
  expect(await jobs()).toEqual(own);
  // As when the worker died before the job was done: the second one is dropped.
  expect(await followUp(ids, failingFor(bad, new Error('broken')))).toBe('split');
  expect(await jobs()).toEqual(own);
  await expect(followUp([bad], failingFor(bad, new Error('broken')))).rejects.toThrow('broken');
  expect(await followUp([bad], createFinishTogether({ ctx }))).toBe('done');
});

test.each([
  ['MongoDB', Object.assign(new Error('gone'), { name: 'MongoNetworkError' })],
  ['the process, which has too much to do,', unavailable()],
])('where %s does not answer, the job is tried again as it is', async (_, error) => {
  const ids = await several(2);
  await expect(followUp(ids, failingFor(ids[0]!, error))).rejects.toBe(error);
  expect(await jobs()).toEqual([]);
  expect(await followUp(ids, createFinishTogether({ ctx }))).toBe('done');
});

test('two workers with the same job finish each once', async () => {
  const ids = await several(4);
  const workers = [createFinishTogether({ ctx }), createFinishTogether({ ctx })];
  const outcomes = await Promise.all(workers.map((finish) => followUp(ids, finish)));
  expect(outcomes).toContain('done');
  expect(await states(ids)).toEqual(ids.map(() => 'completed'));
  const entries = await collections(ctx)
    .audit.find({ company_id: company.id, action: 'certificate.revoked' })
    .toArray();
  expect(entries.map(({ _id }) => _id).sort()).toEqual(ids.map((id) => `${id}.0`).sort());
});

test('of several outcomes, the job has the one that says most', async () => {
  const finish = (outcomes: string[]) =>
    followUp(outcomes, (id) => Promise.resolve(id as Awaited<ReturnType<Finish>>));
  expect(await finish(['gone', 'already_done', 'void', 'done'])).toBe('done');
  expect(await finish(['gone', 'already_done', 'void'])).toBe('void');
  expect(await finish(['gone', 'already_done'])).toBe('already_done');
  expect(await finish(['gone'])).toBe('gone');
});

test('a job is of a company if all that it carries is', async () => {
  const [a, b, other] = [await flagged(), await flagged(), await flagged(await makeCompany(ctx))];
  const companyOf = (...ids: string[]) =>
    companyOfJob({ ctx, job: { kind: 'follow-up-revocation', payload: { revocation_ids: ids } } });
  expect(await companyOf(a, b)).toBe(company.id);
  expect(await companyOf(a, b, other)).toBeNull();
  expect(await companyOf('rev_none')).toBeNull();
});
