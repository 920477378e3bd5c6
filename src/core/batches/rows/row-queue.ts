/** Rows that were read and not processed yet: little more than what was asked for at once. */
export class RowQueue<T> {
  private rows: T[] = [];
  private failure: { reason: unknown } | null = null;

  /**
   * @param weigh about how many bytes of memory a row takes
   * @param maxBytes the most that rows which are handed out together may take
   */
  constructor(
    private readonly source: AsyncGenerator<T[]>,
    private readonly weigh: (row: T) => number,
    private readonly maxBytes: number,
  ) {}

  /**
   * Up to `count` rows; they stay in the queue. There are fewer at the end of the file, or where
   * more would take too much memory.
   * @param atLeast this many, whatever they take
   * @param after how many to look past, which were peeked at before
   */
  async peek(count: number, { atLeast = 1, after = 0 } = {}): Promise<T[]> {
    let bytes = 0;
    let taken = 0;
    for (; taken < count; taken++) {
      while (after + taken === this.rows.length && (await this.read()));
      const row = this.rows[after + taken];
      if (row === undefined) break;
      bytes += this.weigh(row);
      if (taken >= atLeast && bytes > this.maxBytes) break;
    }
    return this.rows.slice(after, after + taken);
  }

  /** Removes the first `count` rows; not while rows are being peeked at. */
  drop(count: number): void {
    this.rows = this.rows.slice(count);
  }

  /** Stops reading. */
  async close(): Promise<void> {
    await this.source.return(undefined);
  }

  /** Reads on; false at the end of the file. */
  private async read(): Promise<boolean> {
    if (this.failure) throw this.failure.reason;
    const read = await this.source.next().catch((reason: unknown) => {
      // A generator that has failed would say from then on that the file is over.
      this.failure = { reason };
      throw reason;
    });
    if (read.done) return false;
    this.rows = this.rows.concat(read.value);
    return true;
  }
}
