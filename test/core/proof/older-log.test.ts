import { changeEntry } from '../../../src/core/audit/record-change';
import { beginNewLog } from '../../../src/core/proof/begin-new-log';
import { growOnce } from '../../../src/core/proof/grow-log';
import { openLog } from '../../../src/core/proof/open-log';
import { verifyLog } from '../../../src/core/proof/verify-log';
import { finishRevocation } from '../../../src/core/revocations/finish-revocation';
import type { AuditEntry } from '../../../src/store/audit-entries';
import type { LogHead } from '../../../src/store/proof-log';
import type { Region } from '../../../src/store/regions';
import { backUp } from '../../helpers/backup';
import { collections } from '../../helpers/collections';
import { CALLER, makeCompany } from '../../helpers/company';
import { growLogNow } from '../../helpers/log';
import { fetchVerifier } from '../../helpers/receipts';
import { type Service, startService } from '../../helpers/service';
import { aged } from '../cleanup/scene';
import { makeTraces, type TracesScene } from '../cleanup/traces-scene';

let service: Service;
let scene: TracesScene;
/** What was made before there was a log: a revocation, and its certificate. */
let before: { revocationId: string; certificateId: string };
const ctx = () => service.ctx;
const all = (region: Region = 'default') => collections(ctx(), region);
const verdict = (region: Region = 'default') => verifyLog({ ctx: ctx(), region });
const receipt = (revocationId: string) =>
  service.get(`/revocations/${revocationId}/receipt`, { token: scene.company.token });

beforeAll(async () => {
  service = await startService();
  scene = makeTraces(service, await makeCompany(ctx()));
  const { id: certificateId } = await aged(scene, 400, { email: 'old@example.com' });
  expect(await scene.check(certificateId)).toBe('200');
  before = { revocationId: await revoke('old@example.com'), certificateId };
  const { id: unnamed } = await aged(scene, 10);
  const named = { ledger_ref: 1, ledger_salt: 1 } as const;
  await all().certificates.updateOne({ _id: unnamed }, { $unset: named });
  await record(520);
  await record(3, 'us');
  for (const region of ['default', 'us'] as const) await asOfEarlierRelease(region);
});
afterAll(() => service.close());

async function revoke(email: string): Promise<string> {
  const revocationId = await scene.optOut({ email });
  await finishRevocation({ ctx: ctx(), revocationId });
  return revocationId;
}

/** Writes audit entries that nothing else writes. */
async function record(count: number, region: Region = 'default'): Promise<void> {
  const change = { ctx: ctx(), companyId: scene.company.id, caller: CALLER } as const;
  const entries = Array.from({ length: count }, () =>
    changeEntry({ ...change, action: 'company.updated' }),
  );
  await ctx().store.regions[region].audit.appendMany(entries);
}

/** Whatever waits for the log is there as a release has written it that knew of none. */
async function asOfEarlierRelease(region: Region = 'default'): Promise<void> {
  const { audit, ledgerPages } = all(region);
  await audit.updateMany({ leaf: -1 }, { $unset: { leaf: 1 } });
  if (region !== 'default') return;
  await ledgerPages.updateMany({ leaf: -1 }, { $unset: { leaf: 1 } });
  await ledgerPages.updateMany({}, { $unset: { 'lines.$[].answers': 1 } });
}

async function takeOver(): Promise<LogHead> {
  const { _id } = await openLog({ ctx: ctx(), region: 'default' });
  return ctx().store.regions.default.proofLog.takeOver(_id);
}

const grow = (head: LogHead) => growOnce({ ctx: ctx(), region: 'default', head });

/** The places of everything that has one, in their order, and how much has none. */
async function places() {
  const found = [
    ...(await all().audit.find().toArray()),
    ...(await all().ledgerPages.find().toArray()),
  ];
  const given = found.flatMap(({ leaf }) => (leaf === undefined || leaf < 0 ? [] : [leaf]));
  return { given: given.sort((a, b) => a - b), without: found.length - given.length };
}

async function dieAt(step: string, head: LogHead): Promise<void> {
  ctx().reach = (at) => (at === step ? Promise.reject(new Error('dies')) : Promise.resolve());
  await expect(grow(head)).rejects.toThrow('dies');
  ctx().reach = () => Promise.resolve();
}

test('before any worker of this release, nothing is said to be wrong', async () => {
  expect((await verdict()).line).toMatch(
    /^default: sound: no log yet; of earlier releases, not in it yet: 5\d\d audit entries, \d+ /,
  );
});

test('what is older gets into a log of its own, whoever dies; what is new waits for it', async () => {
  await dieAt('log.appending', await takeOver());
  expect((await places()).given).toEqual([]);
  await dieAt('log.appended', await takeOver());
  expect((await places()).given).toHaveLength(500);
  await record(1);
  expect((await receipt(before.revocationId)).status).toBe(202);
  expect((await fetch(`${service.url}/log/checkpoint`)).status).toBe(404);
  expect((await verdict()).line).toMatch(/sound: 500 records in .+\/log\/0-\d{14}, 0 of them/);
  const grown = await grow(await takeOver());
  await dieAt('log.opening', grown!.head);
  expect((await all().logHeads.find().toArray()).map(({ _id }) => _id)).toEqual([0]);
  expect(await all().audit.countDocuments({ leaf: -1 })).toBe(1);
  // Who grew it before has lost it.
  const former = grown!.head;
  await takeOver();
  expect(await grow(former)).toBeNull();
  for (const region of ['default', 'us'] as const) await growLogNow(ctx(), region);
});

test('the first record of the log commits to all of it', async () => {
  const [first, older] = await all().logHeads.find().sort({ _id: -1 }).toArray();
  expect(older!.origin).toMatch(/\/log\/0-\d{14}$/);
  expect(first).toMatchObject({ _id: 1, first_leaf: older!.size, size: 2, checkpoint_size: 2 });
  const { given, without } = await places();
  // The first leaf of the first log is nobody's.
  const expected = Array.from({ length: older!.size + 2 }, (_, i) => i);
  expect(given).toEqual(expected.filter((i) => i !== older!.size));
  expect(without).toBe(0);
  const count = async (name: 'audit' | 'ledgerPages') => {
    const found = await all()
      [name].find({ leaf: { $lt: older!.size } })
      .toArray();
    const newest = Math.max(...found.map(({ at }) => at.getTime()));
    return { count: found.length, newest: new Date(newest).toISOString() };
  };
  const text = (await all().logRecords.findOne({ _id: '1:000000000000000' }))!.record;
  expect(JSON.parse(text)).toMatchObject({
    event_type: 'log.opened',
    continues: { origin: older!.origin, size: older!.size, root: older!.root },
    older: { audit_entries: await count('audit'), ledger_pages: await count('ledgerPages') },
  });
  expect((await verdict()).line).toMatch(/^default: sound: 5\d\d records in .+; 2 records in/);
  expect((await verdict('us')).line).toMatch(/^us: sound: 3 records in .+\/log\/us\/0-.+; 1 rec/);
});

test('there are good receipts of before and after', async () => {
  await aged(scene, 400, { email: 'new@example.com' });
  const after = await revoke('new@example.com');
  await growLogNow(ctx());
  const { verify } = await fetchVerifier(service.url);
  for (const id of [before.revocationId, after]) {
    const { status, body } = await receipt(id);
    expect(status).toBe(200);
    expect(await verify(body)).toMatchObject({ code: 0 });
  }
  const { body } = await receipt(before.revocationId);
  expect((await verify(body)).out).toMatch(
    new RegExp(`^good: certificate.revoked, .+/log/0-\\d+, ${before.certificateId}$`, 'm'),
  );
});

test('what processes of an earlier release still write gets into the log as well, once', async () => {
  await aged(scene, 400, { email: 'late@example.com' });
  const late = await revoke('late@example.com');
  await asOfEarlierRelease();
  await record(2);
  const head = await takeOver();
  await Promise.all([grow(head), grow(head), grow(head)]);
  await growLogNow(ctx());
  const { given, without } = await places();
  expect([new Set(given).size, without]).toEqual([given.length, 0]);
  const { verify } = await fetchVerifier(service.url);
  expect(await verify((await receipt(late)).body)).toMatchObject({ code: 0 });
  expect(await verdict()).toMatchObject({ isSound: true });
});

describe('attacks on what is older are found and named', () => {
  let undo: () => Promise<void>;
  beforeAll(async () => {
    undo = await backUp(ctx());
  });
  afterEach(() => undo());
  const entry = async () => (await all().audit.findOne({ _id: `${before.revocationId}.0` }))!;
  const put = async (change: Partial<AuditEntry>) =>
    all().audit.insertOne({ ...(await entry()), _id: 'put-in', ...change });

  test.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'an entry edited',
      async () =>
        all().audit.updateOne({ _id: (await entry())._id }, { $set: { reason: 'another' } }),
      /record \d+ \(certificate.revoked, .+\): audit entry rev_.+ was edited: reason$/,
    ],
    [
      'an entry deleted',
      async () => all().audit.deleteOne({ _id: (await entry())._id }),
      /record \d+ \(certificate.revoked, .+\): what it is about was deleted$/,
    ],
    ['an entry put in that has a place', () => put({}), /audit entry .+ was put in/],
    [
      'an entry put in as an earlier release would write it',
      () => put({ leaf: undefined, at: new Date(0) }),
      /audit entry put-in is a minute old and not in the log: it was put in/,
    ],
    [
      'a page of the ledger edited',
      () =>
        all().ledgerPages.updateOne({ leaf: { $gte: 0 } }, { $inc: { balance_after_microusd: 1 } }),
      /ledger page .+ was edited: balance_microusd$/,
    ],
    [
      'a record deleted',
      () => all().logRecords.deleteOne({ _id: '0:000000000000000' }),
      /record 0 was deleted$/,
    ],
    [
      'what is counted',
      () => all().logHeads.updateOne({ _id: 0 }, { $inc: { 'older.audit_entries.count': 1 } }),
      /the head of .+ was edited: its records are not what it counts$/,
    ],
    [
      'all of it made anew',
      async () => {
        await all().logHeads.deleteMany({});
        await all().audit.updateMany({ leaf: 0 }, { $set: { method: 'csv' } });
        await all().logRecords.deleteMany({});
        await all().logTiles.deleteMany({});
      },
      /was put in: the log ends before its place$/,
    ],
  ])('%s', async (_, attack, message) => {
    await attack();
    const { isSound, line } = await verdict();
    expect([line, isSound]).toEqual([expect.stringMatching(message), false]);
  });
});

test('a clean-up of somebody older leaves the log sound, and nothing that tells who it was', async () => {
  const kept = (await receipt(before.revocationId)).body;
  await scene.clean();
  await growLogNow(ctx());
  expect(await scene.leftOf([before.certificateId, 'old@example.com'])).toEqual([]);
  expect(await verdict()).toMatchObject({ isSound: true });
  const { verify } = await fetchVerifier(service.url);
  expect(await verify(kept)).toMatchObject({ code: 0 });
  const later = await receipt(before.revocationId);
  expect(await verify(later.body)).toMatchObject({ code: 0 });
  expect(JSON.stringify(later.body)).not.toContain(before.certificateId);
});

test('a log that is begun later is called by the first one', async () => {
  const stopped = { stopped_reason: 'a witness knows more', stopped_at: new Date() };
  await all().logHeads.updateOne({ _id: 1 }, { $set: stopped });
  const begun = await beginNewLog({ ctx: ctx(), region: 'default' });
  const first = await all().logHeads.findOne({ _id: 1 });
  expect(begun!.origin).toMatch(/\/log\/2-\d{14}$/);
  expect(begun!.origin.startsWith(`${first!.origin}/`)).toBe(true);
  expect(await verdict()).toMatchObject({ isSound: true });
});
