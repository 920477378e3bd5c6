interface Caller {
  running: number;
  waiting: (() => void)[];
}

/**
 * Has the work of one caller wait for that caller's own: of each, only so much is under way at a
 * time, the rest follows in order of arrival. Others are not held up by it.
 */
export class Turns {
  private readonly callers = new Map<string, Caller>();

  /** @param atATime how many pieces of work of one caller may be under way */
  constructor(private readonly atATime: number) {}

  /** Runs `work` when its turn has come; resolves or rejects as it does. */
  async take<T>(name: string, work: () => Promise<T>): Promise<T> {
    const caller = this.callers.get(name) ?? { running: 0, waiting: [] };
    this.callers.set(name, caller);
    // Whoever has finished hands its place on: it is never free in between.
    if (caller.running < this.atATime) caller.running += 1;
    else await new Promise<void>((resolve) => caller.waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = caller.waiting.shift();
      if (next) next();
      else if (--caller.running === 0) this.callers.delete(name);
    }
  }
}
