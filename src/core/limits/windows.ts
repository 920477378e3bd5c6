import { DAY_MS } from '../../lib/durations';
import type { Policy } from './policies';

/** The calls counted since `start`, in milliseconds since 1970. */
export interface Window {
  start: number;
  count: number;
}

const MAX_WINDOWS = 20_000;

/**
 * A day is a UTC day; a second begins with its first call, so that a burst does not straddle two.
 */
export function newWindow({ windowMs }: Policy, now: number): Window {
  return { start: windowMs === DAY_MS ? now - (now % DAY_MS) : now, count: 0 };
}

/** The counts that this process knows of. */
export class KnownWindows {
  private readonly windows = new Map<string, Window & { end: number }>();

  /** The window that is open now, possibly a new one. */
  open(policy: Policy, now: number): Window {
    const known = this.windows.get(policy.key);
    return known && now < known.end ? known : newWindow(policy, now);
  }

  /** Within a window the count only goes up. */
  learn(policy: Policy, { start, count }: Window, now: number): void {
    const known = this.open(policy, now);
    const most = known.start === start ? Math.max(count, known.count) : count;
    if (!this.windows.has(policy.key)) this.makeRoom(now);
    this.windows.set(policy.key, { start, count: most, end: start + policy.windowMs });
  }

  /** Drops windows that are over and, if that is not enough, the oldest entries. */
  private makeRoom(now: number): void {
    if (this.windows.size < MAX_WINDOWS) return;
    for (const [key, { end }] of this.windows) if (end <= now) this.windows.delete(key);
    for (const key of this.windows.keys()) {
      if (this.windows.size < MAX_WINDOWS / 2) return;
      this.windows.delete(key);
    }
  }
}
