import { invalid } from '../../../errors';
import type { FilePosition, Upload, UsedColumn } from '../../../store/batches';
import { byteLength, createDecoder } from './encoding';
import { Framer } from './framer';
import { parseRecords } from './parse-records';
import { isChannels, isStatus, kindsOf } from './spellings';

/** The header must end within this many bytes. */
export const HEAD_BYTES = 64 * 1024;

const MARK = '\ufeff';
/** A first line as spreadsheets write it. */
const NAMED_DELIMITER = /^"?sep=([^\r\n])"?(?:\r\n|\r|\n)/i;
const DELIMITERS = [',', ';', '\t'] as const;
/** Header cells are kept with the batch and with each of its errors. */
const NAME_CHARACTERS = 100;
const MAX_USED_COLUMNS = 20;

/** Names of columns that are not used are only told. */
const MAX_IGNORED_NAMES = 100;

type Header = Pick<
  Upload,
  | 'delimiter'
  | 'columns'
  | 'ignored_columns'
  | 'header_columns'
  | 'status_column'
  | 'channels_column'
  | 'data'
>;

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
 * @param usable the columns that are used
 * @throws AppError 400 when it is not text, or its header is not usable or too long
 */
export function readHeader(head: Head, usable: readonly UsedColumn[]): Header {
  const text = textOf(head);
  if (/[\u0000-\u0008\u000b\u000e-\u001f]/.test(text)) {
    throw invalid('file', 'must be a text file (CSV)');
  }
  if (text.trim() === '' && head.isWhole) throw invalid('file', 'must not be empty');
  const named = namedDelimiter(text);
  const from = named?.after ?? '';
  const start = {
    offset: head.markBytes + byteLength(head.encoding, from),
    line: named ? 2 : 1,
  };
  const candidates = (named ? [named.delimiter] : DELIMITERS).map((delimiter) =>
    splitHeader(text.slice(from.length), delimiter, start, head, usable),
  );
  const best = candidates.reduce((a, b) => (isBetter(b, a) ? b : a));
  const { cells, known, delimiter, data } = best;
  if (!head.isWhole && data.offset >= head.bytes.length) {
    throw invalid('file', 'the header must not be longer than 64 KiB');
  }
  if (known === 0) {
    throw invalid(
      'file',
      `the header must name a column ${inWords(usable.filter((kind) => kind !== 'channels'))}`,
    );
  }
  return { delimiter, data, header_columns: cells.length, ...columnsOf(cells, usable) };
}

/**
 * The names of all columns of a file that is known, and whether it begins with a byte order mark.
 * @param bytes the file up to its first row
 */
export function readHeaderCells(
  bytes: Buffer,
  { encoding, delimiter }: Pick<Upload, 'encoding' | 'delimiter'>,
): { cells: string[]; hasMark: boolean } {
  const decoder = createDecoder(encoding);
  const text = decoder.write(bytes) + decoder.end();
  const hasMark = text.startsWith(MARK);
  const header = (hasMark ? text.slice(1) : text).replace(NAMED_DELIMITER, '');
  const framer = new Framer(delimiter, { offset: 0, line: 1 }, (part) =>
    byteLength(encoding, part),
  );
  framer.push(header);
  framer.finish();
  const [cells] = parseRecords([framer.next()?.text ?? ''], delimiter);
  return { cells: cells ?? [], hasMark };
}

/** The text, without the Ctrl-Z with which old programs end a file. */
function textOf({ bytes, markBytes, encoding, isWhole }: Head): string {
  const decoder = createDecoder(encoding);
  const text = decoder.write(bytes.subarray(markBytes)) + decoder.end();
  return isWhole ? text.replace(/\u001a\s*$/, '') : text;
}

/**
 * The delimiter that a first line `sep=;` names, as spreadsheets write it.
 * @throws AppError 400 when it is none that is read
 */
function namedDelimiter(text: string): { delimiter: Upload['delimiter']; after: string } | null {
  const [after, given] = NAMED_DELIMITER.exec(text) ?? [];
  if (after === undefined) return null;
  const delimiter = DELIMITERS.find((one) => one === given);
  if (delimiter) return { delimiter, after };
  throw invalid('file', 'the first line, sep=, must name a comma, a semicolon or a tab');
}

interface Candidate {
  delimiter: Upload['delimiter'];
  cells: string[];
  /** How many of them name a column that is used. */
  known: number;
  data: Upload['data'];
}

/** The header as one delimiter splits it. */
function splitHeader(
  text: string,
  delimiter: Upload['delimiter'],
  start: FilePosition,
  head: Head,
  usable: readonly UsedColumn[],
): Candidate {
  const framer = new Framer(delimiter, start, (part) => byteLength(head.encoding, part));
  framer.push(text);
  framer.finish();
  const frame = framer.next();
  const data = frame?.end ?? { offset: head.bytes.length, line: 1 };
  const [cells] = frame && !frame.problem ? parseRecords([frame.text], delimiter) : [];
  const known = kindsOf(cells ?? [], usable).filter((kind) => kind !== undefined).length;
  return { delimiter, cells: cells ?? [], known, data };
}

function isBetter(a: Candidate, b: Candidate): boolean {
  return a.known > b.known || (a.known === b.known && a.cells.length > b.cells.length);
}

/** All that are known, as a row uses every identifier it has: `Phone` and `Mobile`, for example. */
function columnsOf(
  cells: string[],
  usable: readonly UsedColumn[],
): Pick<Upload, 'columns' | 'ignored_columns' | 'status_column' | 'channels_column'> {
  const kinds = kindsOf(cells, usable);
  const named = cells.map((cell, index) => ({ index, name: nameOf(cell), kind: kinds[index] }));
  const columns = named.flatMap(({ index, name, kind }) => (kind ? [{ index, kind, name }] : []));
  if (columns.length > MAX_USED_COLUMNS) {
    throw invalid(
      'file',
      `the header must not name more than ${MAX_USED_COLUMNS} columns to be used`,
    );
  }
  const unnamed = named.filter(({ name, kind }) => !kind && name !== '');
  const channels = usable.includes('channels')
    ? unnamed.filter(({ name }) => isChannels(name))
    : [];
  if (channels.length > 1) {
    throw invalid('file', 'the header must not name more than one column of channels');
  }
  const [channelsColumn] = channels;
  const others = unnamed.filter((column) => column !== channelsColumn);
  const status = others.find(({ name }) => isStatus(name));
  return {
    columns,
    ignored_columns: others.slice(0, MAX_IGNORED_NAMES).map(({ name }) => name),
    status_column: status ? placeOf(status) : null,
    ...(channelsColumn && { channels_column: placeOf(channelsColumn) }),
  };
}

function placeOf({ index, name }: { index: number; name: string }) {
  return { index, name };
}

/** `email, mobile or certificate_id`. */
function inWords(names: readonly string[]): string {
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1) ?? ''}`;
}

function nameOf(cell: string): string {
  return cell.trim().slice(0, NAME_CHARACTERS);
}
