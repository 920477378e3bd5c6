/** Rows that were read and are not worked off yet; never more than somebody asked for at once. */
export class RowQueue<T> {
  private rows: T[] = [];

  constructor(private readonly source: AsyncGenerator<T[]>) {}

  /** Up to `count` rows, less only at the end; they stay in the queue. */
  async peek(count: number): Promise<T[]> {
    while (this.rows.length < count) {
      const read = await this.source.next();
      if (read.done) break;
      this.rows = this.rows.concat(read.value);
    }
    return this.rows.slice(0, count);
  }

  drop(count: number): void {
    this.rows = this.rows.slice(count);
  }

  /** Stops reading. */
  async close(): Promise<void> {
    await this.source.return(undefined);
  }
}
