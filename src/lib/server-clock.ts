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

/**
 * A server's clock, as a process knows it from looks at it. The process's own clock plays no part, set
 * wrong or set anew: what passes between two looks is measured. It is off by half the round trip of the
 * quickest look at most.
 */
export class ServerClock {
  private looks: Look[] = [];
  /** Its time at `performance.now()` zero. */
  private zeroMs: number | null = null;
  private lastMs = 0;

  /** Takes in a look. After one at another server, only those at that one count. */
  learn(look: Look): void {
    const same = this.looks.filter(({ server }) => server === look.server);
    this.looks = [...same.slice(-(LOOKS - 1)), look];
    const best = this.looks.reduce((a, b) => (errorMs(a, look) < errorMs(b, look) ? a : b));
    this.zeroMs = best.serverMs + HALF_A_MS - (best.askedAt + best.answeredAt) / 2;
  }

  /** The server's time; it never steps back. There must have been a look. */
  now(): Date {
    if (this.zeroMs === null) throw new Error('the server was never asked for its time');
    this.lastMs = Math.max(this.lastMs, Math.floor(this.zeroMs + performance.now()));
    return new Date(this.lastMs);
  }
}

/** By how much a look may be off when the newest one comes. */
function errorMs({ askedAt, answeredAt }: Look, newest: Look): number {
  return (answeredAt - askedAt) / 2 + (newest.answeredAt - answeredAt) * DRIFT;
}
