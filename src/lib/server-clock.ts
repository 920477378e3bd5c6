/** One look at a server's clock; both moments are by `performance.now()`. */
export interface Look {
  /** Which server it was: each has a clock of its own. */
  server: string;
  askedAt: number;
  answeredAt: number;
  /** What it said in between, in whole milliseconds since 1970. */
  serverMs: number;
}

/** The quickest of this many looks counts: it is the most exact. */
const LOOKS = 8;
/** How fast the clocks of two machines drift apart, at most: 0.2 ms a second. */
const DRIFT = 0.0002;
const HALF_A_MS = 0.5;
/** Longer than this nobody waits for a time that has already been told: it would stand still. */
const MAX_AHEAD_MS = 1_000;

/**
 * A server's clock, as a process knows it from looks at it. The process's own clock plays no part, set
 * wrong or set anew: what passes between two looks is measured. It is off by half the round trip of the
 * quickest look at most, unless the server's clock is being set.
 */
export class ServerClock {
  private looks: Look[] = [];
  /** Its time at `performance.now()` zero. */
  private zeroMs: number | null = null;
  private lastMs = 0;

  /** Takes in a look: those at another server, or at a clock that was set since, no longer count. */
  learn(look: Look): void {
    const agreeing = this.looks.filter((one) => one.server === look.server && agree(one, look));
    this.looks = [...agreeing.slice(-(LOOKS - 1)), look];
    const best = this.looks.reduce((a, b) => (errorMs(a, look) < errorMs(b, look) ? a : b));
    this.zeroMs = zeroOf(best);
  }

  /** The server's time; it steps back only by more than a second. There must have been a look. */
  now(): Date {
    if (this.zeroMs === null) throw new Error('the server was never asked for its time');
    const nowMs = Math.floor(this.zeroMs + performance.now());
    this.lastMs = this.lastMs - nowMs > MAX_AHEAD_MS ? nowMs : Math.max(this.lastMs, nowMs);
    return new Date(this.lastMs);
  }
}

/** The server's time at `performance.now()` zero, by this look. */
function zeroOf({ serverMs, askedAt, answeredAt }: Look): number {
  return serverMs + HALF_A_MS - (askedAt + answeredAt) / 2;
}

/** Whether both can be right. */
function agree(one: Look, newest: Look): boolean {
  const apartMs = Math.abs(zeroOf(one) - zeroOf(newest));
  return apartMs <= errorMs(one, newest) + errorMs(newest, newest) + 2 * HALF_A_MS;
}

/** By how much a look may be off when the newest one comes. */
function errorMs({ askedAt, answeredAt }: Look, newest: Look): number {
  return (answeredAt - askedAt) / 2 + (newest.answeredAt - answeredAt) * DRIFT;
}
