import { DAY_MS } from './durations';

const MINUTE_MS = 60_000;
const DAY = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;
/** Zones are at most that far from UTC. */
const FARTHEST_MS = 15 * 60 * MINUTE_MS;

/**
 * The instant at which a day starts in a time zone; where midnight is skipped, the first after it.
 * @param day `YYYY-MM-DD`
 * @param timeZone such as `America/New_York`
 */
export function startOfDayIn(day: string, timeZone: string): Date {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, ...DAY });
  return firstReading(day, Date.parse(`${day}T00:00:00Z`), (at) => format.format(at));
}

/**
 * The instant at which clocks of a time zone show a time; where they skip it, the first after it, and
 * where they show it twice, one of the two.
 * @param time `YYYY-MM-DDTHH:MM`, as browsers send it
 */
export function timeIn(time: string, timeZone: string): Date {
  return firstReading(time, Date.parse(`${time}Z`), clockIn(timeZone));
}

/** What clocks of a time zone show: a reader of instants as `YYYY-MM-DDTHH:MM`. */
export function clockIn(timeZone: string): (at: Date | number) => string {
  const clock = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, ...DAY, ...clock });
  return (at) => format.format(at).replace(' ', 'T');
}

/** The first minute around a time of UTC that reads as late as a text. */
function firstReading(text: string, utc: number, read: (at: number) => string): Date {
  // It is reached within this; then by halving, to the minute.
  let [before, from] = [utc - FARTHEST_MS, utc + FARTHEST_MS];
  while (from - before > MINUTE_MS) {
    const middle = before + Math.floor((from - before) / 2 / MINUTE_MS) * MINUTE_MS;
    if (read(middle) >= text) from = middle;
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

/** Whether a text is a minute of a day of the calendar, `YYYY-MM-DDTHH:MM`. */
export function isMinute(text: string): boolean {
  const [, day, hours, minutes] = /^(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2})$/.exec(text) ?? [];
  return day !== undefined && isDay(day) && Number(hours) < 24 && Number(minutes) < 60;
}
