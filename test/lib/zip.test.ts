import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { fromBufferPromise } from 'yauzl';
import { type ZipEntry, zipOf } from '../../src/lib/zip';
import { unzip } from '../helpers/unzip';

const AT = new Date('2026-11-27T12:34:56Z');

async function pack(entries: Iterable<ZipEntry>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const given = (async function* () {
    await Promise.resolve();
    yield* entries;
  })();
  for await (const chunk of zipOf(given, AT)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test('another program reads what was packed, its names, times and checksums', async () => {
  const entries = [
    { name: 'empty.txt', content: '' },
    { name: 'folder/日本語 é.json', content: '{"text":"同意する"}\n' },
    { name: 'random.bin', content: randomBytes(200_000) },
    { name: 'repeated.txt', content: 'a'.repeat(1_000_000) },
  ];
  const archive = await pack(entries);
  expect([...(await unzip(archive))]).toEqual(
    entries.map(({ name, content }) => [name, Buffer.from(content)]),
  );
  const zip = await fromBufferPromise(archive, { lazyEntries: true });
  let i = 0;
  for await (const entry of zip.eachEntry()) {
    expect(entry.crc32).toBe(crc32(entries[i++]!.content));
    expect(entry.getLastModDate({ timezone: 'UTC' })).toEqual(AT);
    expect(entry.isEncrypted()).toBe(false);
  }
  expect(archive.length).toBeLessThan(210_000);
});

test('has no files, or more than the narrow form can count', async () => {
  expect((await unzip(await pack([]))).size).toBe(0);
  const count = 65_536;
  const many = Array.from({ length: count }, (_, i) => ({ name: `${String(i)}.txt`, content: '' }));
  const zip = await fromBufferPromise(await pack(many), { lazyEntries: true });
  expect(zip.entryCount).toBe(count);
  let last = '';
  for await (const { fileName } of zip.eachEntry()) last = fileName;
  expect(last).toBe('65535.txt');
});

test('passes on what goes wrong with its files', async () => {
  const failing = (function* (): Generator<ZipEntry> {
    yield { name: 'a', content: 'a' };
    throw new Error('gone');
  })();
  await expect(pack(failing)).rejects.toThrow('gone');
});
