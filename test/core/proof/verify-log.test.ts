import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../../src/config';
import { readCheckpoint } from '../../../src/core/proof/read-log';
import { verifyLog } from '../../../src/core/proof/verify-log';
import { EMPTY_ROOT } from '../../../src/lib/tlog/merkle';
import type { Region } from '../../../src/store/regions';
import { growLogNow } from '../../helpers/log';
import { type Service, startService } from '../../helpers/service';
import { testEnvironment } from '../../helpers/settings';
import { runScript } from '../../scripts/run-script';
import { type AttackedLog, makeAttackedLog } from './attacked-log';
import { ATTACKS } from './attacks';

const env = testEnvironment({ REDIS_URL: 'redis://127.0.0.1:1' });
let service: Service;
let log: AttackedLog;

beforeAll(async () => {
  service = await startService(readConfig(env));
  log = await makeAttackedLog(service);
});
afterAll(() => service.close());

const verify = (options: { kept?: string; region?: Region } = {}) =>
  verifyLog({ ctx: service.ctx, region: 'default', ...options });

test('a log is sound, after a clean-up as well, and goes on where one kept had stopped', async () => {
  const gone = await log.all().audit.findOne({ action: 'certificate.revoked', ip: null });
  expect(gone).toMatchObject({ reason: null, leaf: expect.any(Number) as number });
  expect(gone).not.toHaveProperty('person_salt');
  const seen: number[] = [];
  const { isSound, line } = await verifyLog({
    ctx: service.ctx,
    region: 'default',
    kept: log.kept,
    onProgress: (done) => seen.push(done),
  });
  expect([line, isSound]).toEqual([
    expect.stringMatching(/^default: sound: 6\d\d records in/),
    true,
  ]);
  expect(seen.at(-1)).toBe(await log.size());
  expect((await verify({ region: 'us' })).line).toMatch(/^us: sound: 3 records in .+\/log\/us,/);
});

test('the command says so of every region, and names what is wrong', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rescind-test-'));
  try {
    const file = join(folder, 'checkpoint');
    await writeFile(file, log.kept);
    const sound = await runScript('proof-verify', ['--checkpoint', file], env);
    expect(sound).toMatchObject({ code: 0, stderr: '' });
    expect(sound.stdout).toMatch(/^default: sound: .+\nus: sound: .+\n$/);
    await writeFile(file, log.kept.replaceAll('localhost', 'example.com'));
    const other = await runScript('proof-verify', ['--checkpoint', file], env);
    expect([other.code, other.stderr]).toEqual([
      1,
      expect.stringMatching(/is of example.com.+, which is no log here\n$/),
    ]);
    await log.setEntry({ method: 'csv' });
    const altered = await runScript('proof-verify', [], env);
    expect([altered.code, altered.stdout]).toEqual([
      1,
      expect.stringMatching(/^default: altered: record \d+ .+method\nus: sound/),
    ]);
    expect((await runScript('proof-verify', ['--chekpoint'], env)).code).toBe(2);
  } finally {
    await log.undo();
    await rm(folder, { recursive: true });
  }
});

describe('attacks are found and named', () => {
  afterEach(() => log.undo());
  test.each(ATTACKS)('%s', async (_, attack, message) => {
    await attack(log);
    const { isSound, line } = await verify({ kept: log.kept });
    expect([line, isSound]).toEqual([expect.stringMatching(message), false]);
  });

  test('a log made anew from edited entries, by a checkpoint kept elsewhere', async () => {
    await log.setEntry({ reason: 'another' });
    await log.all().logRecords.deleteMany({});
    await log.all().logTiles.deleteMany({});
    for (const name of ['audit', 'ledgerPages'] as const) {
      await log.all()[name].updateMany({ leaf: { $gte: 0 } }, { $set: { leaf: -1 } });
    }
    const nothing = { root: EMPTY_ROOT.toString('base64'), size: 0 };
    await log.setHead({ ...nothing, checkpoint: null, checkpoint_size: 0 });
    await growLogNow(service.ctx);
    expect(await verify()).toMatchObject({ isSound: true });
    const { isSound, line } = await verify({ kept: log.kept });
    expect([line, isSound]).toEqual([
      expect.stringMatching(/the checkpoint given of .+ does not fit the log/),
      false,
    ]);
  });

  test('a log that is shorter than a checkpoint kept elsewhere', async () => {
    const newest = await readCheckpoint({ ctx: service.ctx, region: 'default' });
    await log.all().logRecords.deleteMany({});
    await log.all().logTiles.deleteMany({});
    await log.all().audit.deleteMany({ leaf: { $gte: 0 } });
    await log.all().ledgerPages.deleteMany({ leaf: { $gte: 0 } });
    const nothing = { root: EMPTY_ROOT.toString('base64'), size: 0 };
    await log.setHead({ ...nothing, checkpoint: null, checkpoint_size: 0 });
    expect((await verify({ kept: newest })).line).toMatch(/the others were deleted$/);
  });
});
