import { HOUR_MS } from '../lib/durations';

/** What the security log counts; `new_ip`: a credential came from an IP for the first time. */
export const ACCESS_EVENTS = [
  'served',
  'unauthenticated',
  'forbidden',
  'limited',
  'sign_in_failed',
  'new_ip',
] as const;
export type AccessEvent = (typeof ACCESS_EVENTS)[number];

/** One use of a credential, or an attempt to get in. */
export interface Access {
  companyId: string;
  event: AccessEvent;
  /** `token:tok_…`, `property:ppt_…`, `api_key:…`, `user:…`; null: none that the company has. */
  credential: string | null;
  /** Null: one of more than a company's hour has room for. */
  ip: string | null;
}

/** How often the same happened within an hour. */
export interface AccessLine extends Access {
  /** The start of the hour. */
  at: Date;
  count: number;
  lastAt: Date;
}

/** What happened to a company within an hour. */
export interface AccessTotals {
  companyId: string;
  /** The start of the hour. */
  at: Date;
  optOuts: number;
  refusals: number;
}

/** Different lines that a process keeps of a company's hour; what is more is counted without names. */
export const MAX_LINES_PER_HOUR = 500;
/** Companies and lines between two calls of `take`; what is more is not counted. */
const MAX_WAITING = 20_000;
const REFUSALS: ReadonlySet<AccessEvent> = new Set([
  'unauthenticated',
  'forbidden',
  'limited',
  'sign_in_failed',
]);

/**
 * Counts, in memory only, who got in and who did not, until somebody takes the counts and writes
 * them down. Nobody can make it grow without end, and no call waits for it.
 */
export class AccessCounts {
  private lines = new Map<string, AccessLine>();
  private totals = new Map<string, AccessTotals>();
  /** The lines of each company in this hour, those already taken among them. */
  private seen = new Map<string, Set<string>>();
  private hour = 0;

  /** @param now the time in milliseconds since 1970 */
  constructor(private readonly now: () => number) {}

  count(access: Access): void {
    const now = this.now();
    const at = this.hourOf(now);
    const { companyId, event } = access;
    const known = this.linesOf(companyId);
    const name = nameOf(access);
    const fits = known.has(name) || known.size < MAX_LINES_PER_HOUR;
    if (fits) known.add(name);
    this.add(fits ? access : { companyId, event, credential: null, ip: null }, at, now);
    if (REFUSALS.has(event)) this.total(companyId, at, 'refusals');
  }

  /** Counts a request of a consumer that revoked something. */
  countOptOut(companyId: string): void {
    this.total(companyId, this.hourOf(this.now()), 'optOuts');
  }

  /** Everything counted since the last time. */
  take(): { lines: AccessLine[]; totals: AccessTotals[] } {
    const taken = { lines: [...this.lines.values()], totals: [...this.totals.values()] };
    this.lines = new Map();
    this.totals = new Map();
    return taken;
  }

  private hourOf(now: number): number {
    const hour = now - (now % HOUR_MS);
    if (hour !== this.hour) this.seen = new Map();
    this.hour = hour;
    return hour;
  }

  private linesOf(companyId: string): Set<string> {
    const known = this.seen.get(companyId);
    if (known) return known;
    const none = new Set<string>();
    if (this.seen.size < MAX_WAITING) this.seen.set(companyId, none);
    return none;
  }

  private add(access: Access, at: number, now: number): void {
    const key = `${access.companyId} ${String(at)} ${nameOf(access)}`;
    const line = this.lines.get(key);
    if (line) {
      line.count += 1;
      line.lastAt = new Date(now);
    } else if (this.lines.size < MAX_WAITING) {
      this.lines.set(key, { ...access, at: new Date(at), count: 1, lastAt: new Date(now) });
    }
  }

  private total(companyId: string, at: number, what: 'optOuts' | 'refusals'): void {
    const key = `${companyId} ${String(at)}`;
    const known = this.totals.get(key);
    if (known) known[what] += 1;
    else if (this.totals.size < MAX_WAITING) {
      const none = { companyId, at: new Date(at), optOuts: 0, refusals: 0 };
      this.totals.set(key, { ...none, [what]: 1 });
    }
  }
}

/** Neither ids nor IPs have spaces. */
function nameOf({ event, credential, ip }: Access): string {
  return `${event} ${String(credential)} ${String(ip)}`;
}
