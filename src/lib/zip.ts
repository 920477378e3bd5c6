// Writes ZIP archives as streams (PKWARE APPNOTE 6.3.10).
import { promisify } from 'node:util';
import { crc32, deflateRaw } from 'node:zlib';

/** A file in an archive. */
export interface ZipEntry {
  /** With slashes between folders. */
  name: string;
  content: string | Buffer;
}

/** Where a file stands, and what the directory at the end repeats of it. */
interface Written {
  name: Buffer;
  method: number;
  crc: number;
  bytes: number;
  packedBytes: number;
  offset: number;
}

const deflate = promisify(deflateRaw);

const VERSION = 20;
const VERSION_64 = 45;
/** Unix, so that the mode counts. */
const MADE_BY = (3 << 8) | 63;
const MODE = (0o100644 << 16) >>> 0;
const NAME_IS_UTF8 = 1 << 11;
const STORED = 0;
const DEFLATED = 8;
/** In a field that is too narrow: another field has it. */
const ELSEWHERE_16 = 0xffff;
const MAX_32 = 0xfffffffe;
const RECORDS_PER_BLOCK = 500;

/**
 * Packs files into an archive, as they come. In memory are one file, and of those before it some 110
 * bytes each.
 * @param at when the files are from
 * @throws RangeError when it grows beyond 4 GiB
 */
export async function* zipOf(
  entries: AsyncIterable<ZipEntry>,
  at: Date,
): AsyncGenerator<Buffer, void> {
  const directory: Buffer[] = [];
  let open: Buffer[] = [];
  let [offset, count] = [0, 0];
  for await (const { name, content } of entries) {
    const bytes = Buffer.from(content);
    const method = bytes.length === 0 ? STORED : DEFLATED;
    const packed = method === STORED ? bytes : await deflate(bytes);
    const sizes = { crc: crc32(bytes), bytes: bytes.length, packedBytes: packed.length };
    const written = { name: Buffer.from(name), method, ...sizes, offset };
    yield localHeader(written, at);
    yield packed;
    offset += LOCAL_BYTES + written.name.length + packed.length;
    if (offset > MAX_32) throw new RangeError('the archive is too large');
    open.push(directoryRecord(written, at));
    count += 1;
    if (open.length < RECORDS_PER_BLOCK) continue;
    // Together they take less than each for itself.
    directory.push(Buffer.concat(open));
    open = [];
  }
  directory.push(...open);
  yield* directory;
  yield end({ count, offset, bytes: directory.reduce((sum, { length }) => sum + length, 0) });
}

const LOCAL_BYTES = 30;

function localHeader(written: Written, at: Date): Buffer {
  const header = Buffer.alloc(LOCAL_BYTES);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(VERSION, 4);
  writeShared(header, 6, written, at);
  return Buffer.concat([header, written.name]);
}

function directoryRecord(written: Written, at: Date): Buffer {
  const record = Buffer.alloc(46);
  record.writeUInt32LE(0x02014b50, 0);
  record.writeUInt16LE(MADE_BY, 4);
  record.writeUInt16LE(VERSION, 6);
  writeShared(record, 8, written, at);
  record.writeUInt32LE(MODE, 38);
  record.writeUInt32LE(written.offset, 42);
  return Buffer.concat([record, written.name]);
}

/** What a file's header and its record in the directory both say. */
function writeShared(to: Buffer, from: number, written: Written, at: Date): void {
  const { time, date } = dosTime(at);
  to.writeUInt16LE(NAME_IS_UTF8, from);
  to.writeUInt16LE(written.method, from + 2);
  to.writeUInt16LE(time, from + 4);
  to.writeUInt16LE(date, from + 6);
  to.writeUInt32LE(written.crc, from + 8);
  to.writeUInt32LE(written.packedBytes, from + 12);
  to.writeUInt32LE(written.bytes, from + 16);
  to.writeUInt16LE(written.name.length, from + 20);
}

/** In UTC, as two seconds and days since 1980. */
function dosTime(at: Date): { time: number; date: number } {
  const seconds = Math.floor(at.getUTCSeconds() / 2);
  const time = (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | seconds;
  const years = Math.min(127, Math.max(0, at.getUTCFullYear() - 1980));
  return { time, date: (years << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate() };
}

/** Where the directory is; of 65,535 files or more in the wider form, too. */
function end({ count, offset, bytes }: { count: number; offset: number; bytes: number }): Buffer {
  const last = Buffer.alloc(22);
  const shown = Math.min(count, ELSEWHERE_16);
  last.writeUInt32LE(0x06054b50, 0);
  last.writeUInt16LE(shown, 8);
  last.writeUInt16LE(shown, 10);
  last.writeUInt32LE(bytes, 12);
  last.writeUInt32LE(offset, 16);
  return count < ELSEWHERE_16 ? last : Buffer.concat([end64({ count, offset, bytes }), last]);
}

function end64({ count, offset, bytes }: { count: number; offset: number; bytes: number }): Buffer {
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(BigInt(record.length - 12), 4);
  record.writeUInt16LE(MADE_BY, 12);
  record.writeUInt16LE(VERSION_64, 14);
  record.writeBigUInt64LE(BigInt(count), 24);
  record.writeBigUInt64LE(BigInt(count), 32);
  record.writeBigUInt64LE(BigInt(bytes), 40);
  record.writeBigUInt64LE(BigInt(offset), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(offset + bytes), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([record, locator]);
}
