import type { FilePosition } from '../../store/batches';

/** A record that has not ended after so many characters is not read as one. */
export const MAX_RECORD_CHARACTERS = 64 * 1024;
/** A record that long, a line break of two characters, and one to look at. */
const LOOKAHEAD = MAX_RECORD_CHARACTERS + 2;

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const QUOTE = 34;

export type RowProblem = 'unclosed_quote' | 'line_too_long';

/** One record of a file, not yet taken apart. */
export interface Frame {
  /** Without the line break that ends it; empty if there is a problem. */
  text: string;
  problem: RowProblem | null;
  /** The line on which it starts. */
  line: number;
  /** Where the next one starts. */
  end: FilePosition;
}

/**
 * Finds where the records of a CSV file end. It holds no more than a record of the longest kind and
 * what was pushed last. A quote opens a field only where the field starts; line breaks within
 * quotes belong to the field; what follows a closing quote is taken as it stands.
 *
 * Whether a record has ended is decided with all in sight that it could take up, so that the result
 * does not depend on how the text came in, nor on where reading began.
 */
export class Framer {
  private text = '';
  /** Index in `text` of the next record, or of what is still to be skipped. */
  private at = 0;
  private ended = false;
  /** The line on which a record started that is too long and is being skipped. */
  private skippedFrom: number | null = null;
  /**
   * An earlier record was in quotes at every line break before this index and is so here. Whoever
   * is in quotes at one of them gets here, too: without this, many lines with a quote that is never
   * closed would each be looked at up to the limit.
   */
  private openUntil = 0;
  private readonly lineFeed = new Finder('\n');
  private readonly carriageReturn = new Finder('\r');
  private readonly quote = new Finder('"');
  private readonly delimiter: number;

  /**
   * @param from where in the file the text begins
   * @param byteLength how many bytes of the file a piece of the text was
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

  /** More of the text; whole characters only. */
  push(text: string): void {
    this.text = this.text.slice(this.at) + text;
    this.openUntil -= this.at;
    this.at = 0;
    for (const finder of [this.lineFeed, this.carriageReturn, this.quote]) finder.forget();
  }

  /** There is no more text. */
  finish(): void {
    this.ended = true;
  }

  /** The next record; null: more text is needed, or there is none. Blank lines are no records. */
  next(): Frame | null {
    for (;;) {
      if (this.skippedFrom !== null) return this.skip(this.skippedFrom);
      const left = this.text.length - this.at;
      if (left === 0 || (left < LOOKAHEAD && !this.ended)) return null;
      const start = this.at;
      const lineEnd = this.lineEnd(start);
      if (lineEnd - start > MAX_RECORD_CHARACTERS) {
        this.beginToSkip();
        continue;
      }
      if (this.isBlank(start, lineEnd)) {
        this.advance(this.afterBreak(lineEnd), 1);
        continue;
      }
      const end = this.quote.next(this.text, start) < lineEnd ? this.recordEnd(start) : lineEnd;
      if (end === 'line_too_long') this.beginToSkip();
      else if (end === 'unclosed_quote') return this.take(lineEnd, 1, end);
      else return this.take(end, 1 + (end > lineEnd ? this.countBreaks(start, end) : 0), null);
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

  private beginToSkip(): void {
    this.skippedFrom = this.position.line;
    const to = this.lineEnd(this.at + MAX_RECORD_CHARACTERS);
    this.advance(to, this.countBreaks(this.at, to));
  }

  /** Skips to the end of the line in which the limit lies, as far as there is text. */
  private skip(line: number): Frame | null {
    const end = this.lineEnd(this.at);
    this.advance(end, this.countBreaks(this.at, end));
    // A carriage return may be half of a line break.
    if (this.text.length - end < 2 && !this.ended) return null;
    this.skippedFrom = null;
    return { ...this.take(end, 1, 'line_too_long'), line };
  }

  /** The index of the line break at or after `from`, or of the end of the text. */
  private lineEnd(from: number): number {
    const index = Math.min(
      this.lineFeed.next(this.text, from),
      this.carriageReturn.next(this.text, from),
    );
    return Math.min(index, this.text.length);
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
    while (index < end && this.text.charCodeAt(index) === 32) index++;
    return index === end;
  }

  /** The index of the line break that ends the record, or what keeps it from being one. */
  private recordEnd(start: number): number | RowProblem {
    const { text, delimiter } = this;
    const limit = Math.min(start + MAX_RECORD_CHARACTERS, text.length);
    let index = start;
    for (;;) {
      if (index < limit && text.charCodeAt(index) === QUOTE) {
        index = this.closingQuote(index + 1, limit) + 1;
        if (index === 0) return 'unclosed_quote';
      }
      let code = text.charCodeAt(index);
      while (index < limit && code !== delimiter && code !== LINE_FEED && code !== CARRIAGE_RETURN)
        code = text.charCodeAt(++index);
      const isLineEnd = code === LINE_FEED || code === CARRIAGE_RETURN || index === text.length;
      if (isLineEnd) return index;
      if (index >= limit) return 'line_too_long';
      index++;
    }
  }

  /** The index of the quote that closes the field, or -1. */
  private closingQuote(from: number, limit: number): number {
    let index = from;
    for (;;) {
      // A slice costs nothing, and bounds the search.
      const found = this.text.slice(index, limit).indexOf('"');
      const quote = found < 0 ? limit : index + found;
      if (index < this.openUntil) {
        const lineEnd = this.lineEnd(index);
        if (lineEnd < quote && lineEnd < this.openUntil) {
          index = this.openUntil;
          continue;
        }
      }
      if (quote >= limit) {
        this.openUntil = Math.max(this.openUntil, index, limit);
        return -1;
      }
      if (this.text.charCodeAt(quote + 1) !== QUOTE) return quote;
      index = quote + 2;
    }
  }
}

/** The next place of a character, looked for once only as long as one asks for places before it. */
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

  /** The text is another one. */
  forget(): void {
    this.from = Infinity;
  }
}
