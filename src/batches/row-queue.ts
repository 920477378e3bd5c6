import { setImmediate as turn } from 'node:timers/promises';

/**
 * Rows that are read one step ahead: while the caller waits for the database the next ones are read
 * and judged, and never more than that.
 */
export class RowQueue<T> {
  private rows: T[] = [];
  private ahead: Promise<IteratorResult<T[], unknown>> | null = null;

  constructor(private readonly source: AsyncGenerator<T[]>) {}

  /** Up to `count` rows, less only at the end; they stay in the queue. */
  async peek(count: number): Promise<T[]> {
    while (this.rows.length < count) {
      const read = await (this.ahead ?? this.source.next());
      this.ahead = null;
      if (read.done) break;
      this.rows = this.rows.concat(read.value);
    }
    return this.rows.slice(0, count);
  }

  /** Takes rows off, and begins to read more once the caller waits for something. */
  drop(count: number): void {
    this.rows = this.rows.slice(count);
    this.ahead ??= turn().then(() => this.source.next());
    // Whoever peeks next hears of a failure; until then nobody must die of it.
    this.ahead.catch(() => undefined);
  }

  /** Stops reading. */
  async close(): Promise<void> {
    await this.ahead?.catch(() => undefined);
    await this.source.return(undefined);
  }
}
