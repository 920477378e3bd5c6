const WINDOW_MS = 10_000;

/** Rows per second over the last ten seconds. */
export class Rate {
  private readonly marks: { at: number; total: number }[] = [{ at: performance.now(), total: 0 }];

  /** Counts finished rows and returns the rate including them. */
  add(rows: number): number {
    const at = performance.now();
    const total = (this.marks.at(-1)?.total ?? 0) + rows;
    this.marks.push({ at, total });
    while (this.marks.length > 2 && at - (this.marks[1]?.at ?? at) > WINDOW_MS) this.marks.shift();
    const first = this.marks[0] ?? { at, total: 0 };
    const seconds = (at - first.at) / 1_000;
    return seconds > 0 ? Math.round((total - first.total) / seconds) : 0;
  }
}
