import { DAY_MS } from '../lib/durations';

/** What the activity of a company counts besides what it revoked; `link_opens`: of its opt-out link. */
export type Counted = 'refused_checks' | 'link_opens';

/** What was counted of a company on one UTC day. */
export interface ActivityOfDay {
  companyId: string;
  /** The start of the day. */
  at: Date;
  counts: Record<Counted, number>;
  /** Certificates and consents revoked, by the method that the audit names. */
  revoked: Map<string, number>;
}

/** Companies and days between two calls of `take`; what is more is not counted. */
const MAX_WAITING = 20_000;

/**
 * Counts, in memory only, what companies see on their overview, until somebody takes the counts and
 * writes them down. It cannot grow without end, and no call waits for it.
 */
export class ActivityCounts {
  private days = new Map<string, ActivityOfDay>();

  /** @param now the time in milliseconds since 1970 */
  constructor(private readonly now: () => number) {}

  count(companyId: string, what: Counted): void {
    const day = this.day(companyId);
    if (day) day.counts[what] += 1;
  }

  /** @param revoked how many certificates or consents were revoked that had not been before */
  countRevoked(companyId: string, method: string, revoked: number): void {
    if (revoked === 0) return;
    const day = this.day(companyId);
    day?.revoked.set(method, (day.revoked.get(method) ?? 0) + revoked);
  }

  /** Everything counted since the last time. */
  take(): ActivityOfDay[] {
    const taken = [...this.days.values()];
    this.days = new Map();
    return taken;
  }

  private day(companyId: string): ActivityOfDay | null {
    const now = this.now();
    const at = now - (now % DAY_MS);
    const key = `${companyId} ${String(at)}`;
    const known = this.days.get(key);
    if (known) return known;
    if (this.days.size >= MAX_WAITING) return null;
    const counts = { refused_checks: 0, link_opens: 0 };
    const fresh = { companyId, at: new Date(at), counts, revoked: new Map<string, number>() };
    this.days.set(key, fresh);
    return fresh;
  }
}
