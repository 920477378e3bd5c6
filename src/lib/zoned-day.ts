import { DAY_MS } from './durations';

const MINUTE_MS = 60_000;
/** Zones are at most that far from UTC. */
const FARTHEST_MS = 15 * 60 * MINUTE_MS;

/**
 * The instant at which a day starts in a time zone; where midnight is skipped, the first after it.
 * @param day `YYYY-MM-DD`
 * @param timeZone such as `America/New_York`
 */
export function startOfDayIn(day: string, timeZone: string): Date {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  const utc = Date.parse(`${day}T00:00:00Z`);
  // The day is reached within this; then by halving, to the minute.
  let [before, from] = [utc - FARTHEST_MS, utc + FARTHEST_MS];
  while (from - before > MINUTE_MS) {
    const middle = before + Math.floor((from - before) / 2 / MINUTE_MS) * MINUTE_MS;
    if (format.format(middle) >= day) from = middle;
    else before = middle;
  }
  return new Date(from);
}

/** The instant at which the day after this one starts in a time zone. */
export function startOfNextDayIn(day: string, timeZone: string): Date {
  const next = new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10);
  return startOfDayIn(next, timeZone);
}

/** Whether a text is a day of the calendar, `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}
