import { invalid } from '../../../errors';
import type { IdentifierColumn, Upload } from '../../../store/batches';
import { byteLength, createDecoder } from './encoding';
import { Framer } from './framer';
import { parseRecords } from './parse-records';

/** The header must end within this many bytes. */
export const HEAD_BYTES = 64 * 1024;

const DELIMITERS = [',', ';', '\t'] as const;
/** Header cells are kept with the batch and with each of its errors. */
const NAME_CHARACTERS = 100;
const MAX_USED_COLUMNS = 20;

/** Spellings of the columns, without case, spaces and punctuation. */
const SPELLINGS: Record<IdentifierColumn, string[]> = {
  email: ['email', 'emailaddress', 'emailid'],
  mobile: [
    ...['mobile', 'mobilenumber', 'mobileno', 'mobilephone', 'mobilephonenumber'],
    ...['phone', 'phonenumber', 'phoneno', 'tel', 'telephone', 'telephonenumber'],
    ...['cell', 'cellnumber', 'cellphone', 'cellphonenumber', 'msisdn'],
  ],
  certificate_id: ['certificateid', 'certificate', 'certid'],
};

const KIND_OF = new Map<string, IdentifierColumn>(
  (Object.keys(SPELLINGS) as IdentifierColumn[]).flatMap((kind) =>
    SPELLINGS[kind].map((spelling) => [spelling, kind]),
  ),
);

type Header = Pick<Upload, 'delimiter' | 'columns' | 'data'>;

/** The beginning of a file, within which its header must end. */
export interface Head {
  bytes: Buffer;
  /** How many of them are the byte order mark. */
  markBytes: number;
  encoding: Upload['encoding'];
  /** It is the whole file. */
  isWhole: boolean;
}

/**
 * Reads the header of a file.
 * @throws AppError 400 when it is not text, or its header is not usable or too long
 */
export function readHeader(head: Head): Header {
  const decoder = createDecoder(head.encoding);
  const text = decoder.write(head.bytes.subarray(head.markBytes)) + decoder.end();
  if (/[\u0000-\u0008\u000b\u000e-\u001f]/.test(text)) {
    throw invalid('file', 'must be a text file (CSV)');
  }
  if (text.trim() === '' && head.isWhole) throw invalid('file', 'must not be empty');
  const candidates = DELIMITERS.map((delimiter) => splitHeader(text, delimiter, head));
  const best = candidates.reduce((a, b) => (isBetter(b, a) ? b : a));
  const { cells, known, delimiter, data } = best;
  if (!head.isWhole && data.offset >= head.bytes.length) {
    throw invalid('file', 'the header must not be longer than 64 KiB');
  }
  if (known === 0) {
    throw invalid('file', 'the header must name a column email, mobile or certificate_id');
  }
  return { delimiter, columns: usedColumns(cells), data };
}

interface Candidate {
  delimiter: Upload['delimiter'];
  cells: string[];
  /** How many of them name a column that is used. */
  known: number;
  data: Upload['data'];
}

/** The header as one delimiter splits it. */
function splitHeader(text: string, delimiter: Upload['delimiter'], head: Head): Candidate {
  const start = { offset: head.markBytes, line: 1 };
  const framer = new Framer(delimiter, start, (part) => byteLength(head.encoding, part));
  framer.push(text);
  framer.finish();
  const frame = framer.next();
  const data = frame?.end ?? { offset: head.bytes.length, line: 1 };
  const [cells] = frame && !frame.problem ? parseRecords([frame.text], delimiter) : [];
  const known = cells?.filter((cell) => kindOf(cell) !== undefined).length ?? 0;
  return { delimiter, cells: cells ?? [], known, data };
}

function isBetter(a: Candidate, b: Candidate): boolean {
  return a.known > b.known || (a.known === b.known && a.cells.length > b.cells.length);
}

/** All of them, as a row uses every identifier it has: `Phone` and `Mobile`, for example. */
function usedColumns(cells: string[]): Upload['columns'] {
  const columns = cells.flatMap((cell, index) => {
    const kind = kindOf(cell);
    return kind ? [{ index, kind, name: cell.trim().slice(0, NAME_CHARACTERS) }] : [];
  });
  if (columns.length <= MAX_USED_COLUMNS) return columns;
  throw invalid(
    'file',
    `the header must not name more than ${MAX_USED_COLUMNS} columns to be used`,
  );
}

function kindOf(cell: string): IdentifierColumn | undefined {
  return KIND_OF.get(spelling(cell));
}

function spelling(cell: string): string {
  return cell
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}
