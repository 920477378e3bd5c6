import { setImmediate as turn } from 'node:timers/promises';
import type { FilePosition, IdentifierColumn, Upload } from '../../../store/batches';
import { byteLength, createDecoder, type Decoder } from './encoding';
import { type Frame, Framer, type RowProblem } from './framer';
import { parseRecords } from './parse-records';
import { saysActive } from './spellings';

/** Text is processed in pieces of this many bytes, with a turn of the event loop in between. */
const PIECE_BYTES = 256 * 1024;
/** The most that is parsed at once: about 50 ms at worst, with quotes and ragged rows. */
const MAX_CHUNK_ROWS = 1000;
const MAX_CHUNK_CHARACTERS = 256 * 1024;

export interface CsvRow {
  /** The line on which it starts. */
  line: number;
  /** Where the next row starts. */
  end: FilePosition;
  /** The cells of the columns that are used, trimmed; no empty ones. */
  cells: { kind: IdentifierColumn; column: string; value: string }[];
  /** All cells as they are, parts of the text that was read; of a row with a problem its line, if known. */
  record: string[];
  /** The cell of the channels column, trimmed; null: it is empty, or there is no such column. */
  channels: string | null;
  /** Its status column says that it has not opted out. */
  isActive: boolean;
  problem: RowProblem | null;
}

type Format = Pick<
  Upload,
  'encoding' | 'delimiter' | 'columns' | 'header_columns' | 'status_column' | 'channels_column'
>;

/**
 * Reads the rows of a file in constant memory. Bad rows come with a problem and do not stop it;
 * blank lines and rows of empty cells are not rows. Reading on from the `end` of any row gives exactly the rows that would
 * have followed.
 * @param source the bytes of the file from `from.offset` on; read no further than is needed
 * @param from the start of the data, or the `end` of a row
 * @param chunkRows the most rows to yield at once; never more than 1,000
 * @throws what the source throws
 */
export async function* readRows(
  source: AsyncIterable<Buffer>,
  format: Format,
  from: FilePosition,
  chunkRows: number,
): AsyncGenerator<CsvRow[]> {
  const { delimiter, encoding, header_columns: columns = null } = format;
  const framer = new Framer(delimiter, from, (text) => byteLength(encoding, text), columns);
  const chunk = new Chunk(Math.min(chunkRows, MAX_CHUNK_ROWS));
  for await (const text of texts(source, createDecoder(encoding))) {
    if (text === null) framer.finish();
    else framer.push(text);
    while (chunk.fill(framer)) {
      const rows = toRows(chunk.take(), format);
      if (rows.length > 0) yield rows;
      await turn();
    }
    await turn();
  }
  const rows = toRows(chunk.take(), format);
  if (rows.length > 0) yield rows;
}

/** The text of the file in pieces, and null after the last. */
async function* texts(source: AsyncIterable<Buffer>, decoder: Decoder) {
  for await (const chunk of source) {
    for (let start = 0; start < chunk.length; start += PIECE_BYTES) {
      yield decoder.write(chunk.subarray(start, start + PIECE_BYTES));
    }
  }
  yield decoder.end();
  yield null;
}

/** Records that are parsed together. */
class Chunk {
  private frames: Frame[] = [];
  private characters = 0;

  constructor(private readonly maxRows: number) {}

  /** Adds the records that there are; returns whether it is full. */
  fill(framer: Framer): boolean {
    while (!this.isFull) {
      const frame = framer.next();
      if (!frame) return false;
      this.frames.push(frame);
      this.characters += frame.text.length;
    }
    return true;
  }

  take(): Frame[] {
    const { frames } = this;
    this.frames = [];
    this.characters = 0;
    return frames;
  }

  private get isFull(): boolean {
    return this.frames.length >= this.maxRows || this.characters >= MAX_CHUNK_CHARACTERS;
  }
}

function toRows(frames: Frame[], format: Format): CsvRow[] {
  const readable = frames.filter(({ problem }) => problem === null);
  const records = parseRecords(
    readable.map(({ text }) => text),
    format.delimiter,
  ).values();
  return frames.flatMap(({ text, line, end, problem }) => {
    const record = text === '' ? [] : [text];
    const nothing = { line, end, cells: [], record, channels: null, isActive: false };
    if (problem) return { ...nothing, problem };
    const read = records.next().value;
    if (!read) return { ...nothing, problem: 'unclosed_quote' };
    const cells = toCells(read, format.columns);
    if (cells.length === 0 && read.every((cell) => trimmed(cell) === '')) return [];
    const more = { channels: channelsOf(read, format), isActive: isActive(read, format) };
    return { line, end, cells, record: read, ...more, problem: null };
  });
}

function toCells(record: string[], columns: Format['columns']): CsvRow['cells'] {
  const cells: CsvRow['cells'] = [];
  for (const { index, kind, name } of columns) {
    const value = withoutFormulaEscape(trimmed(record[index] ?? ''));
    if (value !== '') cells.push({ kind, column: name, value: detached(value) });
  }
  return cells;
}

function channelsOf(record: string[], { channels_column: column }: Format): string | null {
  const value = column ? withoutFormulaEscape(trimmed(record[column.index] ?? '')) : '';
  return value === '' ? null : detached(value);
}

function isActive(record: string[], { status_column: status }: Format): boolean {
  return status ? saysActive(record[status.index] ?? '') : false;
}

/** Without the Ctrl-Z that may end the file. */
function trimmed(cell: string): string {
  const value = cell.trim();
  return value.endsWith('\u001a') ? value.replace(/[\s\u001a]+$/, '') : value;
}

/**
 * A copy: a slice would keep all the text around it in memory for as long as the row is needed. A
 * lone surrogate of UTF-16 becomes the replacement character.
 */
function detached(value: string): string {
  return Buffer.from(value).toString();
}

/** errors.csv puts an apostrophe before what could start a formula, and may be uploaded again. */
function withoutFormulaEscape(value: string): string {
  return /^'[=+\-@＝＋－＠]/.test(value) ? value.slice(1) : value;
}
