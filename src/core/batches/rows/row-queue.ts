/** Rows that were read and not processed yet: little more than what was asked for at once. */
export class RowQueue<T> {
  private rows: T[] = [];

  constructor(private readonly source: AsyncGenerator<T[]>) {}

  /** Up to `count` rows, fewer only at the end of the file; they stay in the queue. */
  async peek(count: number): Promise<T[]> {
    while (this.rows.length < count) {
      const read = await this.source.next();
      if (read.done) break;
      this.rows = this.rows.concat(read.value);
    }
    return this.rows.slice(0, count);
  }

  /** Removes the first `count` rows. */
  drop(count: number): void {
    this.rows = this.rows.slice(count);
  }

  /** Stops reading. */
  async close(): Promise<void> {
    await this.source.return(undefined);
  }
}
