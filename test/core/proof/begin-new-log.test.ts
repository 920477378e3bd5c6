import type { Witness } from '../../../src/core/proof/ask-witnesses';
import { beginNewLog } from '../../../src/core/proof/begin-new-log';
import { growOnce } from '../../../src/core/proof/grow-log';
import type { Receipt } from '../../../src/core/proof/receipt';
import { readCheckpoint } from '../../../src/core/proof/read-log';
import { verifyLog } from '../../../src/core/proof/verify-log';
import { readHealth } from '../../../src/core/health/read-health';
import { scrapeMetrics } from '../../../src/core/health/scrape-metrics';
import { parseCheckpoint } from '../../../src/lib/tlog/checkpoint';
import { HASH_BYTES, leafHash, rootOf } from '../../../src/lib/tlog/merkle';
import { parseKey, parseNote } from '../../../src/lib/tlog/note';
import { rootFromTiles, type TileName, tilePath, widthOf } from '../../../src/lib/tlog/tiles';
import { backUp } from '../../helpers/backup';
import { collections } from '../../helpers/collections';
import { makeCertificate } from '../../helpers/company';
import { fetchVerifier } from '../../helpers/receipts';
import type { TestWitness } from '../../helpers/witness';
import { runScript } from '../../scripts/run-script';
import { openWitnessScene, type WitnessScene } from './witness-scene';

let scene: WitnessScene;
let good: TestWitness;
const region = 'default';
const ctx = () => scene.ctx;
const head = () => scene.head();
const asked = (...these: Pick<TestWitness, 'key' | 'url'>[]) => scene.asked(...these);
const publish = (witnesses: Witness[], count?: number) => scene.publish(witnesses, count);

beforeAll(async () => {
  scene = await openWitnessScene();
  ({ good } = scene);
});
afterAll(() => scene.close());

const records = () => collections(ctx()).logRecords.find().sort({ _id: 1 }).toArray();

/** The places of what is in the log. */
async function leafNumbers(): Promise<number[]> {
  const { audit, ledgerPages } = collections(ctx());
  const found = [...(await audit.find().toArray()), ...(await ledgerPages.find().toArray())];
  const leaves = found.flatMap(({ leaf }) => (leaf === undefined || leaf < 0 ? [] : [leaf]));
  return leaves.sort((a, b) => a - b);
}

/** Revokes a certificate; gives the path of its receipt. */
async function revoked(): Promise<string> {
  const { company, service } = scene;
  const { id } = await makeCertificate(ctx(), company);
  const asking = { company_id: company.id, certificate_id: id };
  const answer = await service.post('/opt-out', asking, { token: company.token });
  expect(answer.status).toBe(200);
  const info = await service.get(`/certificates/${id}`, { token: company.token });
  return `/revocations/${String(info.body.opt_out.revocation_id)}/receipt`;
}

const receipt = (path: string) => scene.service.get(path, { token: scene.company.token });

// A database that was restored to yesterday:
let errors: unknown[];
let published: string;
/** Receipts: of what was published, of what was appended only, of what waited. */
let beforeIt: string;
let unpublished: string;
let waiting: string;
let kept: unknown;

test('a database restored to yesterday stops publishing, as the witness knows a newer checkpoint', async () => {
  beforeIt = await revoked();
  await publish(asked(good));
  kept = (await receipt(beforeIt)).body;
  const restore = await backUp(ctx());
  await publish(asked(good), 600);
  await restore();
  published = await readCheckpoint({ ctx: ctx(), region });
  errors = [];
  ctx().log.error = (told: unknown) => errors.push(told);
  unpublished = await revoked();
  await publish(asked(good), 300);
  expect(await readCheckpoint({ ctx: ctx(), region })).toBe(published);
  const reason = (await head()).stopped_reason!;
  expect(reason).toMatch(/^good\.example\/w has cosigned \d+ records of this log, and there are/);
  expect(errors).toEqual([expect.objectContaining({ region, reason })]);
});

test('that is told to operators, and to whoever scrapes metrics', async () => {
  const { concerns, verdict } = await readHealth({ ctx: ctx() });
  expect(concerns).toContainEqual(expect.objectContaining({ what: 'logStopped' }));
  expect(verdict).toBe('act');
  const { text } = await scrapeMetrics({ ctx: ctx() });
  const { size } = parseCheckpoint(parseNote(published)!.text)!;
  expect(text).toContain('rescind_log_stopped{region="default"} 1\n');
  expect(text).toContain(`rescind_log_checkpoint_size{region="default"} ${String(size)}\n`);
  expect(text).toMatch(/rescind_log_checkpoint_age_seconds\{region="default"\} \d/);
});

test('checks and revocations go on, and nothing is published, however long it grows', async () => {
  waiting = await revoked();
  await publish(asked(good), 20);
  await publish([], 20);
  expect(await readCheckpoint({ ctx: ctx(), region })).toBe(published);
  expect(errors).toHaveLength(1);
  expect((await receipt(waiting)).status).toBe(202);
  expect((await receipt(beforeIt)).status).toBe(200);
});

test('no new log is begun halfway', async () => {
  const before = await Promise.all([head(), records(), leafNumbers()]);
  ctx().reach = (step) =>
    step === 'log.beginning' ? Promise.reject(new Error('dies')) : Promise.resolve();
  await expect(beginNewLog({ ctx: ctx(), region })).rejects.toThrow('dies');
  ctx().reach = () => Promise.resolve();
  expect(await Promise.all([head(), records(), leafNumbers()])).toEqual(before);
});

test('publishing goes on under a new origin, with everything that was not published', async () => {
  const former = await head();
  const ended = await runScript('proof-new-origin', [], scene.environment);
  expect([ended.code, ended.stderr]).toEqual([0, expect.stringContaining(former.origin)]);
  const again = await runScript('proof-new-origin', [], scene.environment);
  expect([again.code, again.stdout]).toEqual([1, '']);
  expect(again.stderr).toContain('no log has been stopped');
  // Who grew the former one makes way.
  expect(await growOnce({ ctx: ctx(), region, head: former, witnesses: [] })).toBeNull();

  const begun = await head();
  const { size, root } = parseCheckpoint(parseNote(published)!.text)!;
  expect(begun).toMatchObject({ _id: 2, first_leaf: former.first_leaf + size, size: 1 });
  expect(begun.origin).toMatch(/\/log\/2-\d{14}$/);
  const [first] = (await records()).filter(({ _id }) => _id.startsWith('2:'));
  expect(JSON.parse(first!.record)).toMatchObject({
    record_id: `${begun.origin}#0`,
    event_type: 'log.continued',
    continues: { origin: former.origin, size, root: root.toString('base64') },
  });
  // It has to be told of the new log first.
  expect(await publish(asked(good))).toEqual([]);
  good.trusts = [parseKey(ended.stdout.trim())!];
  expect(await publish(asked(good))).toEqual([good.key.name]);
  expect((await readHealth({ ctx: ctx() })).concerns).not.toContainEqual(
    expect.objectContaining({ what: 'logStopped' }),
  );
  const { audit } = collections(ctx());
  const entry = await audit.findOne({ action: 'proof.log_begun' });
  expect(entry).toMatchObject({ company_id: ':operator' });
});

test('every leaf is there once, of the former log just those that were published', async () => {
  const [now, former] = await collections(ctx()).logHeads.find().sort({ _id: -1 }).toArray();
  const { size } = parseCheckpoint(parseNote(published)!.text)!;
  expect(former!.size).toBe(size);
  const all = await records();
  for (const one of [former!, now!]) {
    const own = all.filter(({ _id }) => _id.startsWith(`${String(one._id)}:`));
    expect(own).toHaveLength(one.size);
    expect(rootOf(own.map(({ record: text }) => leafHash(text))).toString('base64')).toBe(one.root);
    const names = Array.from({ length: 3 }, (_, level) =>
      Array.from({ length: 9 }, (__, index) => ({ level, index })),
    ).flat();
    const tiles = await scene.store.findTiles(one._id, names);
    const read = (name: TileName) =>
      tiles.find(({ level, index }) => level === name.level && index === name.index)?.hashes;
    expect(rootFromTiles(one.size, read).toString('base64')).toBe(one.root);
    for (const tile of tiles) {
      expect(tile.hashes).toHaveLength(widthOf(tile, one.size) * HASH_BYTES);
    }
  }
  // The first leaf of the new log is nobody's.
  const places = Array.from({ length: now!.first_leaf + now!.size }, (_, i) => i);
  expect(await leafNumbers()).toEqual(places.filter((i) => i !== now!.first_leaf));
});

test('recomputing finds both logs sound, and an altered beginning', async () => {
  const verdict = () => verifyLog({ ctx: ctx(), region });
  expect(await verdict()).toMatchObject({ isSound: true });
  const { logHeads } = collections(ctx());
  const former = await logHeads.findOne({ _id: 1 });
  await logHeads.updateOne({ _id: 1 }, { $set: { origin: 'example.com/log' } });
  expect(await verdict()).toMatchObject({ isSound: false });
  await logHeads.updateOne({ _id: 1 }, { $set: { origin: former!.origin } });
});

test('there are good receipts of before, of meanwhile and of later', async () => {
  const later = await revoked();
  await publish(asked(good));
  const { verify } = await fetchVerifier(scene.service.url);
  for (const path of [beforeIt, unpublished, waiting, later]) {
    const { status, body } = await receipt(path);
    expect([path, status]).toEqual([path, 200]);
    expect(await verify(body)).toMatchObject({ code: 0 });
  }
  expect(await verify(kept)).toMatchObject({ code: 0 });
});

test('checkpoint and tiles of the former log stay, by which its receipts can be checked', async () => {
  const get = async (path: string) => {
    const response = await fetch(scene.service.url + path);
    return [response.status, Buffer.from(await response.arrayBuffer())] as const;
  };
  const textOf = async (path: string) => (await get(path))[1].toString();
  const [now, former] = await collections(ctx()).logHeads.find().sort({ _id: -1 }).toArray();
  const issued = (await receipt(beforeIt)).body as Receipt;
  expect(await textOf('/log/1/checkpoint')).toBe(issued.checkpoint);
  const { index } = issued.inclusion.record;
  const width = Math.min(256, former!.size);
  const tile = tilePath({ level: 0, index: 0 }, width);
  const hashes = (await get(`/log/1/tile/${tile}`))[1];
  expect(hashes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES)).toEqual(
    leafHash(issued.record),
  );
  // The log that grows is also where its origin says.
  const name = now!.origin.split('/').at(-1)!;
  expect(await textOf(`/log/${name}/checkpoint`)).toBe(await textOf('/log/checkpoint'));
  expect(await textOf('/log/2/checkpoint')).toBe(await textOf('/log/checkpoint'));
  const keys = (await textOf('/log/keys')).trimEnd().split('\n');
  expect(keys.map((key) => key.split('+')[0])).toEqual([now!.origin, former!.origin]);
  for (const path of ['/log/3', '/log/us/1', '/log/us', '/log/log', '/log/1x', '/log/2-1']) {
    expect([path, (await get(`${path}/checkpoint`))[0]]).toEqual([path, 404]);
    expect([path, (await get(`${path}/tile/${tile}`))[0]]).toEqual([path, 404]);
  }
});
