import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../lib/durations';

const IDLE_MS = 12 * HOUR_MS;
/** A session ends after this, however much it is used. */
export const SESSION_MAX_MS = 7 * DAY_MS;
/** The idle limit is extended at most this often, so that viewing a page is rarely a write. */
const TOUCH_EVERY_MS = MINUTE_MS;

/** When a session that begins now ends, unless it is used. */
export function endOfIdle(now: Date): Date {
  return new Date(now.getTime() + IDLE_MS);
}

/**
 * How a session that is used now is extended; null: it has been just now.
 * @returns `before` when it must have been seen last, and `until` when it ends from now on
 */
export function extended(
  { created_at, last_seen_at }: { created_at: Date; last_seen_at: Date },
  now: Date,
): { before: Date; until: Date } | null {
  const before = new Date(now.getTime() - TOUCH_EVERY_MS);
  if (last_seen_at >= before) return null;
  const end = Math.min(endOfIdle(now).getTime(), created_at.getTime() + SESSION_MAX_MS);
  return { before, until: new Date(end) };
}
