import { createHash } from 'node:crypto';
import { invalid } from '../../../errors';
import { type Upload, USED_COLUMNS, type UsedColumn } from '../../../store/batches';
import { Utf8Check } from './encoding';
import { HEAD_BYTES, type Head, readHeader } from './header';

const MARKS = [
  { encoding: 'utf-8', bytes: Buffer.from([0xef, 0xbb, 0xbf]) },
  { encoding: 'utf-16le', bytes: Buffer.from([0xff, 0xfe]) },
  { encoding: 'utf-16be', bytes: Buffer.from([0xfe, 0xff]) },
] as const;

/** What is known of an upload once all of it has been seen. */
export type Inspected = Omit<Upload, 'file_id'>;

export interface Inspector {
  /**
   * Looks at the next bytes; keeps none of them but the first 64 KiB.
   * @throws AppError 400 as soon as it is clear that the file cannot be used
   */
  push(chunk: Buffer): void;
  /**
   * How the file is to be read.
   * @throws AppError 400 when the file cannot be used
   */
  finish(): Inspected;
}

/**
 * Inspects a CSV file while it streams by: what it is, and whether it can be used at all.
 * @param usable the columns that are used, for a file of revocations all; at least one of them must be
 *   there that names whom a row is about
 */
export function createInspector(usable: readonly UsedColumn[] = USED_COLUMNS): Inspector {
  const hash = createHash('sha256');
  const utf8 = new Utf8Check();
  const kept = Buffer.alloc(HEAD_BYTES);
  let bytes = 0;

  return {
    push(chunk) {
      hash.update(chunk);
      utf8.push(chunk);
      const before = bytes;
      bytes += chunk.length;
      if (before > HEAD_BYTES) return;
      chunk.copy(kept, before);
      if (bytes > HEAD_BYTES) {
        readHeader(toHead(kept, { isUtf8: utf8.validSoFar, isWhole: false }), usable);
      }
    },
    finish() {
      if (bytes === 0) throw invalid('file', 'must not be empty');
      const isWhole = bytes <= HEAD_BYTES;
      const head = toHead(kept.subarray(0, bytes), { isUtf8: utf8.validAtEnd, isWhole });
      if (head.encoding.startsWith('utf-16') && bytes % 2 === 1) {
        throw invalid('file', 'must not end in the middle of a character');
      }
      // Read again, as only now the encoding is certain.
      const { encoding } = head;
      return { bytes, sha256: hash.digest('hex'), encoding, ...readHeader(head, usable) };
    },
  };
}

function toHead(bytes: Buffer, known: { isUtf8: boolean; isWhole: boolean }): Head {
  const mark = MARKS.find((one) => bytes.subarray(0, one.bytes.length).equals(one.bytes));
  const isUtf16 = mark && mark.encoding !== 'utf-8';
  return {
    bytes,
    markBytes: mark?.bytes.length ?? 0,
    encoding: isUtf16 ? mark.encoding : known.isUtf8 ? 'utf-8' : 'windows-1252',
    isWhole: known.isWhole,
  };
}
