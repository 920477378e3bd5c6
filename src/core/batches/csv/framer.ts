import type { FilePosition } from '../../../store/batches';
import { QuoteScan } from './quote-scan';

/** The longest record: what has not ended by then is not read as one. */
export const MAX_RECORD_CHARACTERS = 64 * 1024;
/** The longest record and its line break. */
const LOOKAHEAD = MAX_RECORD_CHARACTERS + 2;

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const SPACE = 32;

/** `unclosed_quote`: a quote is open at the end of the line, and what follows is not believed. */
export type RowProblem = 'unclosed_quote' | 'line_too_long';

/** One record of a file, not yet split into cells. */
export interface Frame {
  /** Without the line break that ends it; empty if it is too long. */
  text: string;
  problem: RowProblem | null;
  /** The line on which it starts. */
  line: number;
  /** Where the next one starts. */
  end: FilePosition;
}

/**
 * Finds where the records of a CSV file end. It holds no more than the longest record and what was
 * pushed last. A quote opens a field only where the field starts, after spaces at most. A field that
 * spans lines is believed only if its closing quote stands right before a delimiter or line end, and
 * its record has the header's number of columns; otherwise only the line where it opens is lost. What
 * follows the closing quote of any other field is taken literally.
 *
 * It looks for the end of a record only once the longest one would be in memory, so that the result
 * depends neither on how the text was cut into pieces nor on where reading began.
 */
export class Framer {
  private text = '';
  /** Index in `text` of the next record, or of what is still to be skipped. */
  private at = 0;
  private ended = false;
  /** The line is too long, and `at` is somewhere in it. */
  private skipping = false;
  /**
   * The last scan that went past the end of a line. Another record that is within quotes at one of
   * the line breaks which it passed goes on exactly like it: without this, each of many lines with an
   * unclosed quote would be scanned to the limit.
   */
  private passed: QuoteScan | null = null;
  private readonly lineFeed = new Finder('\n');
  private readonly carriageReturn = new Finder('\r');
  private readonly quote = new Finder('"');
  private readonly delimiter: number;

  /**
   * @param position where in the file the text begins
   * @param byteLength how many bytes of the file a piece of text takes
   * @param columns the header's number of columns; null: not known, and any number is right
   */
  constructor(
    delimiter: string,
    private position: FilePosition,
    private readonly byteLength: (text: string) => number,
    private readonly columns: number | null = null,
  ) {
    this.delimiter = delimiter.charCodeAt(0);
  }

  /** How much text is held. */
  get heldCharacters(): number {
    return this.text.length;
  }

  /** Adds text; whole characters only. */
  push(text: string): void {
    this.text = this.text.slice(this.at) + text;
    this.passed = null;
    this.at = 0;
    for (const finder of [this.lineFeed, this.carriageReturn, this.quote]) finder.forget();
  }

  /** Says that no more text follows. */
  finish(): void {
    this.ended = true;
  }

  /** The next record; null: more text is needed, or none is left. Blank lines are not records. */
  next(): Frame | null {
    for (;;) {
      if (this.skipping) return this.skip();
      const start = this.at;
      const left = this.text.length - start;
      if (left === 0 || (left < LOOKAHEAD && !this.ended)) return null;
      const lineEnd = this.lineEnd(start);
      if (lineEnd - start > MAX_RECORD_CHARACTERS) {
        this.skipping = true;
      } else if (this.isBlank(start, lineEnd)) {
        this.advance(this.afterBreak(lineEnd), 1);
      } else if (this.quote.next(this.text, start) >= lineEnd) {
        return this.take(lineEnd, 1, null);
      } else {
        const end = this.recordEnd(start, lineEnd);
        if (end === null) return this.take(lineEnd, 1, 'unclosed_quote');
        return this.take(end, 1 + this.countBreaks(start, end), null);
      }
    }
  }

  private take(end: number, lines: number, problem: RowProblem | null): Frame {
    const text = problem === 'line_too_long' ? '' : this.text.slice(this.at, end);
    const { line } = this.position;
    this.advance(this.afterBreak(end), lines);
    return { text, problem, line, end: this.position };
  }

  private advance(to: number, lines: number): void {
    const { offset, line } = this.position;
    const bytes = this.byteLength(this.text.slice(this.at, to));
    this.position = { offset: offset + bytes, line: line + lines };
    this.at = to;
  }

  /** Skips the rest of the line as far as there is text. */
  private skip(): Frame | null {
    const end = this.lineEnd(this.at);
    this.advance(end, 0);
    // A carriage return that comes last may be half of a line break.
    if (this.text.length - end < 2 && !this.ended) return null;
    this.skipping = false;
    return this.take(end, 1, 'line_too_long');
  }

  /** The index of the line break at or after `from`, or of the end of the text. */
  private lineEnd(from: number): number {
    const lineFeed = this.lineFeed.next(this.text, from);
    const carriageReturn = this.carriageReturn.next(this.text, from);
    return Math.min(lineFeed, carriageReturn, this.text.length);
  }

  private afterBreak(index: number): number {
    const isPair =
      this.text.charCodeAt(index) === CARRIAGE_RETURN &&
      this.text.charCodeAt(index + 1) === LINE_FEED;
    return Math.min(index + (isPair ? 2 : 1), this.text.length);
  }

  private countBreaks(from: number, to: number): number {
    let count = 0;
    for (let end = this.lineEnd(from); end < to; end = this.lineEnd(this.afterBreak(end))) count++;
    return count;
  }

  private isBlank(start: number, end: number): boolean {
    let index = start;
    while (index < end && this.text.charCodeAt(index) === SPACE) index++;
    return index === end;
  }

  /** The index of the line break that ends the record, or null if it is not to be believed. */
  private recordEnd(start: number, lineEnd: number): number | null {
    const line = new QuoteScan(this.text, this.delimiter, start);
    line.advance(lineEnd, Infinity);
    if (line.outcome === 'ended') return lineEnd;
    const limit = Math.min(start + MAX_RECORD_CHARACTERS, this.text.length);
    const columnsThen = this.passed?.breaks.get(lineEnd);
    const scan = this.passed && columnsThen !== undefined ? this.passed : line;
    this.passed = scan;
    // The scan may have begun in another record, with more columns before this place or fewer.
    const more = columnsThen === undefined ? 0 : line.columns - columnsThen;
    scan.advance(limit, (this.columns ?? Infinity) - more);
    if (scan.outcome !== 'ended' || scan.index > limit) return null;
    const isRight = this.columns === null || scan.columns + more === this.columns;
    return isRight ? scan.index : null;
  }
}

/** Finds the next place of a character, and searches again only once it has been passed. */
class Finder {
  private from = Infinity;
  private found = -1;

  constructor(private readonly character: string) {}

  next(text: string, from: number): number {
    if (from < this.from || from > this.found) {
      const index = text.indexOf(this.character, from);
      this.from = from;
      this.found = index < 0 ? Infinity : index;
    }
    return this.found;
  }

  /** To be called when the text has changed. */
  forget(): void {
    this.from = Infinity;
  }
}
