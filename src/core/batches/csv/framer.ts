import type { FilePosition } from '../../../store/batches';

/** The longest record: what has not ended by then is not read as one. */
export const MAX_RECORD_CHARACTERS = 64 * 1024;
/** The longest record and its line break. */
const LOOKAHEAD = MAX_RECORD_CHARACTERS + 2;

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const SPACE = 32;
const QUOTE = 34;

/** `unclosed_quote`: a quote keeps the record from ending in time; its first line is skipped. */
export type RowProblem = 'unclosed_quote' | 'line_too_long';

/** One record of a file, not yet split into cells. */
export interface Frame {
  /** Without the line break that ends it; empty if there is a problem. */
  text: string;
  problem: RowProblem | null;
  /** The line on which it starts. */
  line: number;
  /** Where the next one starts. */
  end: FilePosition;
}

/** How far a record has been scanned, and what the character there is part of. */
interface Scan {
  index: number;
  state: 'field_start' | 'in_field' | 'quoted';
}

/**
 * Finds where the records of a CSV file end. It holds no more than the longest record and what was
 * pushed last. A quote opens a field only where the field starts; line breaks within quotes belong
 * to the field; what follows a closing quote is taken literally.
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
   * Where the scan of the last unclosed record was given up. It was within quotes at each line
   * break before that, so another record that is within quotes at one of these would end up here,
   * too. Without this, each of many lines with an unclosed quote would be scanned to the limit.
   */
  private givenUp: Scan = { index: 0, state: 'quoted' };
  private readonly lineFeed = new Finder('\n');
  private readonly carriageReturn = new Finder('\r');
  private readonly quote = new Finder('"');
  private readonly delimiter: number;

  /**
   * @param position where in the file the text begins
   * @param byteLength how many bytes of the file a piece of text takes
   */
  constructor(
    delimiter: string,
    private position: FilePosition,
    private readonly byteLength: (text: string) => number,
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
    this.givenUp = { ...this.givenUp, index: this.givenUp.index - this.at };
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
        const end = this.recordEnd(start);
        if (end === null) return this.take(lineEnd, 1, 'unclosed_quote');
        return this.take(end, 1 + this.countBreaks(start, end), null);
      }
    }
  }

  private take(end: number, lines: number, problem: RowProblem | null): Frame {
    const text = problem ? '' : this.text.slice(this.at, end);
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

  /** The index of the line break that ends the record, or null if it does not end in time. */
  private recordEnd(start: number): number | null {
    const limit = Math.min(start + MAX_RECORD_CHARACTERS, this.text.length);
    let scan: Scan = { index: start, state: 'field_start' };
    do {
      if (scan.state === 'quoted') {
        scan = this.scanQuoted(scan.index, limit);
      } else if (scan.state === 'field_start' && this.text.charCodeAt(scan.index) === QUOTE) {
        scan = { index: scan.index + 1, state: 'quoted' };
      } else {
        const end = this.scanUnquoted(scan.index, limit);
        if (this.isLineEnd(end)) return end;
        scan = end < limit ? { index: end + 1, state: 'field_start' } : { ...scan, index: end };
      }
    } while (scan.index < limit || (scan.state !== 'quoted' && this.isLineEnd(scan.index)));
    this.givenUp = scan;
    return null;
  }

  /** Scans to the next delimiter or line break, or to the limit. */
  private scanUnquoted(from: number, limit: number): number {
    for (let index = from; index < limit; index++) {
      const code = this.text.charCodeAt(index);
      if (code === this.delimiter || code === LINE_FEED || code === CARRIAGE_RETURN) return index;
    }
    return limit;
  }

  /** Scans to where the quotes close, or to the limit. */
  private scanQuoted(from: number, limit: number): Scan {
    let index = from;
    while (index < limit) {
      // A slice costs nothing, and bounds the search.
      const found = this.text.slice(index, limit).indexOf('"');
      const quote = found < 0 ? limit : index + found;
      if (index < this.givenUp.index) {
        const lineEnd = this.lineEnd(index);
        if (lineEnd < quote && lineEnd < this.givenUp.index) return this.givenUp;
      }
      if (quote === limit) return { index: limit, state: 'quoted' };
      if (this.text.charCodeAt(quote + 1) !== QUOTE) return { index: quote + 1, state: 'in_field' };
      index = quote + 2;
    }
    return { index, state: 'quoted' };
  }

  private isLineEnd(index: number): boolean {
    const code = this.text.charCodeAt(index);
    return code === LINE_FEED || code === CARRIAGE_RETURN || index === this.text.length;
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
