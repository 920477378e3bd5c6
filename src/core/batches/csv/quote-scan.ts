const TAB = 9;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const SPACE = 32;
const QUOTE = 34;

/**
 * Follows one record through its quotes, as far as it is told to. `spoilt`: a field that spans lines
 * is closed by a quote which something other than a delimiter or the end of the line follows.
 */
export class QuoteScan {
  outcome: 'open' | 'ended' | 'spoilt' = 'open';
  /** How many columns there are up to `index`. */
  columns = 1;
  /** The line breaks within quotes that it has passed, with the columns before each. */
  readonly breaks = new Map<number, number>();
  private state: 'field_start' | 'unquoted' | 'quoted' | 'closed' = 'field_start';
  private spansLines = false;

  /** @param index where in the text the record starts; then: how far it has been followed */
  constructor(
    private readonly text: string,
    private readonly delimiter: number,
    public index: number,
  ) {}

  /** Goes on to the end of the record, but not past `limit` or beyond `maxColumns`. */
  advance(limit: number, maxColumns: number): void {
    while (this.outcome === 'open' && this.index <= limit && this.columns <= maxColumns) {
      if (this.state !== 'quoted' && this.isLineEnd(this.index)) this.outcome = 'ended';
      else if (this.index === limit) return;
      else if (this.state === 'quoted') this.passQuoted(limit);
      else this.pass(this.text.charCodeAt(this.index));
    }
  }

  private pass(code: number): void {
    if (code === this.delimiter) {
      this.columns += 1;
      this.state = 'field_start';
    } else if (code !== SPACE && code !== TAB) {
      if (this.state === 'closed' && this.spansLines) {
        this.outcome = 'spoilt';
        return;
      }
      const opens = this.state === 'field_start' && code === QUOTE;
      this.state = opens ? 'quoted' : 'unquoted';
      this.spansLines = false;
    }
    this.index += 1;
  }

  private passQuoted(limit: number): void {
    for (; this.index < limit; this.index++) {
      const code = this.text.charCodeAt(this.index);
      if (code === LINE_FEED || code === CARRIAGE_RETURN) {
        this.breaks.set(this.index, this.columns);
        this.spansLines = true;
      } else if (code === QUOTE) {
        const isDoubled = this.text.charCodeAt(this.index + 1) === QUOTE;
        this.index += isDoubled ? 2 : 1;
        if (!isDoubled) this.state = 'closed';
        return;
      }
    }
  }

  private isLineEnd(index: number): boolean {
    const code = this.text.charCodeAt(index);
    return code === LINE_FEED || code === CARRIAGE_RETURN || index === this.text.length;
  }
}
