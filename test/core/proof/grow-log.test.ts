import { mongo } from 'mongoose';
import type { Context } from '../../../src/context';
import { growOnce } from '../../../src/core/proof/grow-log';
import { openLog } from '../../../src/core/proof/open-log';
import { noteKeys, readCheckpoint } from '../../../src/core/proof/read-log';
import { changeEntry } from '../../../src/core/audit/record-change';
import { type Checkpoint, parseCheckpoint } from '../../../src/lib/tlog/checkpoint';
import { EMPTY_ROOT, leafHash, rootOf } from '../../../src/lib/tlog/merkle';
import { isSignedBy, parseNote } from '../../../src/lib/tlog/note';
import { tilePath } from '../../../src/lib/tlog/tiles';
import type { LogHead } from '../../../src/store/proof-log';
import type { Region } from '../../../src/store/regions';
import { collections } from '../../helpers/collections';
import { CALLER, makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';

let service: Service;
let company: TestCompany;
const ctx = () => service.ctx;
const reach = () => Promise.resolve();

beforeAll(async () => {
  service = await startService();
  company = await makeCompany(ctx());
});
afterAll(() => service.close());

/** Writes audit entries that nothing else writes. */
async function record(count: number, region: Region = 'default'): Promise<void> {
  const change = { ctx: ctx(), companyId: company.id, caller: CALLER } as const;
  const entries = Array.from({ length: count }, () =>
    changeEntry({ ...change, action: 'company.updated' }),
  );
  await ctx().store.regions[region].audit.appendMany(entries);
}

async function takeOver(region: Region = 'default'): Promise<LogHead> {
  const { _id } = await openLog({ ctx: ctx(), region });
  return ctx().store.regions[region].proofLog.takeOver(_id);
}

const growFrom = (head: LogHead, region: Region = 'default') =>
  growOnce({ ctx: ctx(), region, head });
const grow = async (region: Region = 'default') => growFrom(await takeOver(region), region);

async function published(region: Region = 'default'): Promise<Checkpoint> {
  const note = parseNote(await readCheckpoint({ ctx: ctx(), region }))!;
  const [key] = await noteKeys({ ctx: ctx(), region });
  expect(isSignedBy(note, key!)).toBe(true);
  return parseCheckpoint(note.text)!;
}

/** The hashes of the leaves that are there; each is somebody's, and of nobody is there more. */
async function leaves(region: Region = 'default'): Promise<Buffer[]> {
  const { logRecords, audit, ledgerPages } = collections(ctx(), region);
  const records = await logRecords.find().sort({ _id: 1 }).toArray();
  const pages = region === 'default' ? await ledgerPages.find().toArray() : [];
  const given = [...(await audit.find().toArray()), ...pages].flatMap(({ leaf }) =>
    leaf === undefined || leaf < 0 ? [] : [leaf],
  );
  expect(given.sort((a, b) => a - b)).toEqual(records.map((_, i) => i));
  return records.map((one) => leafHash(one.record));
}

async function expectSound(region: Region = 'default'): Promise<Checkpoint> {
  const [shown, there] = [await published(region), await leaves(region)];
  expect(shown.root).toEqual(rootOf(there.slice(0, shown.size)));
  return shown;
}

const waiting = async () => {
  const { audit, ledgerPages } = collections(ctx());
  const none = { leaf: -1 };
  return (await audit.countDocuments(none)) + (await ledgerPages.countDocuments(none));
};

test('a log that nothing was put into is there, and says nothing', async () => {
  const head = await openLog({ ctx: ctx(), region: 'us' });
  expect(head).toMatchObject({ size: 0, root: EMPTY_ROOT.toString('base64') });
  await grow('us');
  await expect(readCheckpoint({ ctx: ctx(), region: 'us' })).rejects.toMatchObject({
    code: 'not_found',
  });
  expect((await fetch(`${service.url}/log/us/checkpoint`)).status).toBe(404);
});

test('what is recorded gets into the log once, in order, under a signed checkpoint', async () => {
  await grow();
  const first = await expectSound();
  await record(300);
  await grow();
  await grow();
  const second = await expectSound();
  expect(second.size).toBe(first.size + 300);
  expect(await waiting()).toBe(0);
  const origin = `localhost:${String(ctx().config.port)}/log`;
  expect(second.origin).toBe(origin);
  const [record0] = await collections(ctx()).logRecords.find().sort({ _id: 1 }).toArray();
  expect(JSON.parse(record0!.record)).toMatchObject({
    schema_version: 'rescind-record-1',
    record_id: `${origin}#0`,
  });
});

test('a region has a log of its own', async () => {
  await grow();
  const { size } = await published();
  await record(2, 'us');
  await grow('us');
  expect(await expectSound('us')).toMatchObject({
    origin: `localhost:${String(ctx().config.port)}/log/us`,
    size: 2,
  });
  await grow();
  expect(await published()).toMatchObject({ size });
});

test.each(['log.appending', 'log.appended', 'log.publishing'])(
  'a process that dies at %s is followed by another, without a gap or a repeat',
  async (step) => {
    await grow();
    await record(3);
    const before = await published();
    const dying = await takeOver();
    ctx().reach = (at) => (at === step ? Promise.reject(new Error('the process dies')) : reach());
    await expect(growFrom(dying)).rejects.toThrow('the process dies');
    ctx().reach = reach;
    expect(await published()).toEqual(before);
    await record(2);
    await grow();
    expect((await expectSound()).size).toBe(before.size + 5);
    expect(await waiting()).toBe(0);
  },
);

test('a process that has lost the log appends and publishes nothing', async () => {
  const former = await takeOver();
  await record(2);
  const holder = await takeOver();
  expect(await growFrom(former)).toBeNull();
  await growFrom(holder);
  await record(1);
  expect(await growFrom(former)).toBeNull();
  const { size } = await expectSound();
  expect(await growFrom({ ...former, size: 0, checkpoint_size: 0 })).toBeNull();
  expect((await expectSound()).size).toBe(size);
  expect(await waiting()).toBe(1);
});

test('several that append at once put each leaf in once', async () => {
  await record(40);
  const head = await takeOver();
  await Promise.all(Array.from({ length: 5 }, () => growFrom(head)));
  await record(3);
  await grow();
  await expectSound();
  expect(await waiting()).toBe(0);
});

test('where MongoDB is too slow for a whole round, a few get in at a time', async () => {
  await record(60);
  const head = await takeOver();
  let tries = 0;
  const slow: Context = {
    ...ctx(),
    reach: (step) => {
      if (step !== 'log.appending' || tries++ > 0) return Promise.resolve();
      return Promise.reject(new mongo.MongoOperationTimeoutError('too late'));
    },
  };
  const grown = await growOnce({ ctx: slow, region: 'default', head });
  expect(grown?.head.size).toBe(head.size + 50);
  expect(grown?.isMore).toBe(true);
  await grow();
  await expectSound();
  expect(await waiting()).toBe(0);
});

describe('over HTTP', () => {
  const fetched = async (path: string) => {
    const response = await fetch(service.url + path);
    return { response, body: Buffer.from(await response.arrayBuffer()) };
  };

  test('anybody gets checkpoint, keys and tiles', async () => {
    await record(260);
    await grow();
    const { size } = await published();
    const width = size % 256;
    const checkpoint = await fetched('/log/checkpoint');
    expect(checkpoint.response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(checkpoint.body.toString()).toContain(`\n${String(size)}\n`);
    const keys = await fetched('/log/keys');
    expect(keys.body.toString()).toMatch(/^localhost:\d+\/log\+[0-9a-f]{8}\+[A-Za-z0-9+/]+=*\n$/);
    const all = await leaves();
    const full = await fetched(`/log/tile/${tilePath({ level: 0, index: 0 })}`);
    expect(full.body).toEqual(Buffer.concat(all.slice(0, 256)));
    expect(full.response.headers.get('cache-control')).toContain('immutable');
    const partial = await fetched(
      `/log/tile/${tilePath({ level: 0, index: Math.floor(size / 256) }, width)}`,
    );
    expect(partial.body).toEqual(Buffer.concat(all.slice(-width)));
    const above = await fetched('/log/tile/1/000.p/1');
    expect(above.body).toEqual(rootOf(all.slice(0, 256)));
    const older = await fetched('/log/tile/0/001.p/2');
    expect(older.body).toEqual(Buffer.concat(all.slice(256, 258)));
  });

  test('tiles that the published tree does not have are not found', async () => {
    await record(5);
    await grow();
    for (const path of ['0/009', '0/009.p/1', '1/000', '2/000.p/1', '0/0', 'entries/000', 'x']) {
      const { response } = await fetched(`/log/tile/${path}`);
      expect([path, response.status]).toEqual([path, 404]);
    }
  });
});
