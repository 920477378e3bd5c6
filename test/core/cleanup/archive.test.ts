import { execFile } from 'node:child_process';
import type { ArchiveLine } from '../../../src/core/cleanup/write-archive';
import { archiveId, readArchive } from '../../../src/core/cleanup/read-archive';
import type { Context } from '../../../src/context';
import type { Archive } from '../../../src/store/cleanups';
import { collections, database } from '../../helpers/collections';
import { CONSENT, type TestCompany } from '../../helpers/company';
import { program } from '../../helpers/program';
import { testEnvironment } from '../../helpers/settings';
import { readConfig } from '../../../src/config';
import { crashAt } from '../revocations/crash-at';
import {
  aged,
  cleanUp,
  certificateOf,
  cleanupsOf,
  EVENTS,
  PERSON,
  remains,
  setPolicy,
  sweep,
  sweepAndClean,
  theCleanup,
  withCompanies,
} from './scene';

const environment = testEnvironment();
/** Enough for five processes, one after another, on a busy machine. */
const SCRIPTS_MS = 180_000;

let ctx: Context;
let company: TestCompany;
const scene = () => ({ ctx, company });

withCompanies((opened) => ({ ctx, company } = opened), 'archive', readConfig(environment));

async function linesOf(id: string): Promise<ArchiveLine[]> {
  const lines: ArchiveLine[] = [];
  for await (const line of readArchive({ ctx, id })) lines.push(JSON.parse(line) as ArchiveLine);
  return lines;
}

async function theArchive(): Promise<Archive> {
  const { archive } = await theCleanup(scene());
  if (!archive) throw new Error('nothing was archived');
  return archive;
}

/** Files in the bucket that belong to the clean-up. */
async function filesOf(cleanupId: string): Promise<string[]> {
  const files = database(ctx).collection('archives.files');
  const found = await files.find({ _id: { $gte: archiveId(cleanupId, '') as never } }).toArray();
  return found
    .map(({ _id }) => String(_id))
    .filter((id) => id.startsWith(archiveId(cleanupId, '')));
}

function readByScript(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const env = { ...process.env, ...environment };
  const [node, ...command] = program('scripts/archive-read.ts', ...args);
  return new Promise((resolve) => {
    execFile(node, command, { env }, (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, out, err });
    });
  });
}

test('what was removed can be read as it was, by archive and by certificate', async () => {
  const jo = await aged(scene(), 400, PERSON);
  const ann = await aged(scene(), 400, { email: 'ann@example.com' });
  await sweepAndClean(scene());
  expect(await remains(scene(), jo.id)).toBe('removed');
  const archive = await theArchive();
  expect(await certificateOf(scene(), jo.id)).toMatchObject({ archive_id: archive.id });
  const lines = await linesOf(archive.id);
  expect(lines.map((line) => line.certificate_id).sort()).toEqual([jo.id, ann.id].sort());
  expect(await linesOf(jo.id)).toEqual([
    {
      certificate_id: jo.id,
      certificate: expect.objectContaining({
        ...PERSON,
        session_id: jo.sessionId,
        consents: [expect.objectContaining({ text: CONSENT }) as unknown],
      }) as unknown,
      recording: {
        recorded_at: expect.any(String) as string,
        events_json: JSON.stringify(EVENTS),
      },
    },
  ]);
});

test('a recording that was removed earlier is found by its certificate, along with the rest', async () => {
  const { id } = await aged(scene(), 100, PERSON);
  await sweepAndClean(scene());
  expect(await remains(scene(), id)).toBe('full');
  await setPolicy(scene(), { certificate_days: 100 });
  await sweepAndClean(scene());
  expect(await cleanupsOf(scene())).toHaveLength(2);
  expect(await linesOf(id)).toMatchObject([
    { certificate: null, recording: { events_json: JSON.stringify(EVENTS) } },
    { certificate: { email: PERSON.email }, recording: null },
  ]);
});

test('a damaged archive is not returned', async () => {
  const { id } = await aged(scene(), 400, PERSON);
  await sweepAndClean(scene());
  const archive = await theArchive();
  const cleanups = collections(ctx).cleanups;
  const wrong = {
    ...archive,
    sha256: archive.sha256.replace(/^./, (c) => (c === '0' ? '1' : '0')),
  };
  await cleanups.updateOne({ 'archive.id': archive.id }, { $set: { archive: wrong } });
  await expect(linesOf(archive.id)).rejects.toMatchObject({ code: 'archive_damaged' });
  await expect(linesOf(id)).rejects.toMatchObject({ code: 'archive_damaged' });
  await cleanups.updateOne({ 'archive.id': archive.id }, { $set: { archive } });
  expect(await linesOf(id)).toHaveLength(1);

  const chunks = cleanups.db.collection('archives.chunks');
  const [chunk] = await chunks.find({ files_id: archive.id }).toArray();
  const bytes = Buffer.from((chunk?.data as { buffer: Uint8Array }).buffer);
  bytes[40] = (bytes[40] ?? 0) ^ 0xff;
  await chunks.updateOne({ files_id: archive.id }, { $set: { data: bytes } });
  await expect(linesOf(archive.id)).rejects.toMatchObject({ code: 'archive_damaged' });
  await chunks.deleteMany({ files_id: archive.id });
  await expect(linesOf(archive.id)).rejects.toMatchObject({ code: 'archive_damaged' });
});

test.each(['arc_none', 'EC-none'])('no archive has %s', async (id) => {
  await expect(linesOf(id)).rejects.toMatchObject({ code: 'archive_not_found' });
});

test('nothing is removed before the archive has been verified', async () => {
  const { id } = await aged(scene(), 400, PERSON);
  await sweep(scene());
  const cleanup = await theCleanup(scene());
  const { archives } = ctx.store;
  const unreadable = {
    ...archives,
    read: (fileId: string, bytes: number) => archives.read(fileId, bytes - 1),
  };
  const store = { ...ctx.store, archives: unreadable };
  await expect(cleanUp({ ...ctx, store }, cleanup)).rejects.toMatchObject({
    code: 'archive_damaged',
  });
  expect(await remains(scene(), id)).toBe('full, recording');
  expect((await theCleanup(scene())).steps).toMatchObject({
    archive: { state: 'failed', error: 'archive_damaged' },
    recording: { state: 'pending' },
    certificate: { state: 'pending' },
  });
  expect(await cleanUp(ctx, cleanup)).toBe('done');
  expect(await linesOf(id)).toHaveLength(1);
  expect(await filesOf(cleanup._id)).toEqual([(await theArchive()).id]);
});

test('attempts that crashed or ran concurrently leave one archive', async () => {
  await aged(scene(), 400, PERSON);
  await sweep(scene());
  const cleanup = await theCleanup(scene());
  await expect(cleanUp(crashAt(ctx, 'cleanup.archive.written'), cleanup)).rejects.toThrow('crash');
  expect(await filesOf(cleanup._id)).toHaveLength(1);
  await Promise.all([cleanUp(ctx, cleanup), cleanUp(ctx, cleanup), cleanUp(ctx, cleanup)]);
  const archive = await theArchive();
  expect(await filesOf(cleanup._id)).toEqual([archive.id]);
  expect(await linesOf(archive.id)).toHaveLength(1);
});

test(
  'the script prints the lines, or one line that says what is wrong',
  async () => {
    const { id } = await aged(scene(), 400, PERSON);
    await sweepAndClean(scene());
    const archive = await theArchive();
    const read = await readByScript(archive.id);
    expect(read).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(read.out)).toMatchObject({ certificate_id: id });
    expect((await readByScript(id)).out).toBe(read.out);

    const damaged = { ...archive, sha256: 'x' };
    const cleanups = collections(ctx).cleanups;
    await cleanups.updateOne({ 'archive.id': archive.id }, { $set: { archive: damaged } });
    expect(await readByScript(archive.id)).toEqual({
      code: 1,
      out: '',
      err: 'The archive is not what was written\n',
    });
    expect(await readByScript('EC-none')).toMatchObject({ code: 1, err: 'No archive has it\n' });
    expect((await readByScript()).err).toMatch(/^Usage: /);
  },
  SCRIPTS_MS,
);
