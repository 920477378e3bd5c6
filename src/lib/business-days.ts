import { DAY_MS } from './durations';
import { startOfNextDayIn } from './zoned-day';

/**
 * Where days begin and end. The rules name no zone; of those of the mainland this is the first in which
 * a day ends, and the federal government's own, so that a time limit ends no later than anybody's.
 */
export const BUSINESS_ZONE = 'America/New_York';

const [SUNDAY, MONDAY, THURSDAY, SATURDAY] = [0, 1, 4, 6];

/** A date, or a weekday of a month: the first, the second …; 0 is the last. */
type Rule = { date: string; since?: number } | { month: number; weekday: number; nth: number };

/**
 * The legal public holidays of 5 U.S.C. 6103(a), as last changed by Public Law 117-17 (Juneteenth, of
 * 17 June 2021). Inauguration Day is one in the District of Columbia only; days that a president gives
 * federal employees off are none.
 */
const HOLIDAYS: Record<string, Rule> = {
  "New Year's Day": { date: '01-01' },
  'Birthday of Martin Luther King, Jr.': { month: 1, weekday: MONDAY, nth: 3 },
  "Washington's Birthday": { month: 2, weekday: MONDAY, nth: 3 },
  'Memorial Day': { month: 5, weekday: MONDAY, nth: 0 },
  'Juneteenth National Independence Day': { date: '06-19', since: 2021 },
  'Independence Day': { date: '07-04' },
  'Labor Day': { month: 9, weekday: MONDAY, nth: 1 },
  'Columbus Day': { month: 10, weekday: MONDAY, nth: 2 },
  'Veterans Day': { date: '11-11' },
  'Thanksgiving Day': { month: 11, weekday: THURSDAY, nth: 4 },
  'Christmas Day': { date: '12-25' },
};

/** A holiday, and the day on which it is observed, `YYYY-MM-DD`. */
export interface Holiday {
  name: string;
  day: string;
}

/**
 * The federal holidays of a year, in order, on the days on which they are observed: Friday for a Saturday
 * (5 U.S.C. 6103(b)), Monday for a Sunday (Executive Order 11582). New Year's Day can be observed in the
 * year before.
 */
export function federalHolidays(year: number): Holiday[] {
  return Object.entries(HOLIDAYS)
    .filter(([, rule]) => !('since' in rule) || year >= (rule.since ?? 0))
    .map(([name, rule]) => ({
      name,
      day: dayOf('date' in rule ? observed(year, rule.date) : weekdayOf(year, rule)),
    }));
}

/** Whether a day, `YYYY-MM-DD`, is neither of a weekend nor a federal holiday where it is observed. */
export function isBusinessDay(day: string): boolean {
  if (isWeekend(new Date(day))) return false;
  const year = Number(day.slice(0, 4));
  const holidays = [...federalHolidays(year), ...federalHolidays(year + 1)];
  return !holidays.some((holiday) => holiday.day === day);
}

/**
 * The instant at which a number of business days is over: the midnight that ends the last of them. The
 * day of `from` itself does not count, whichever it is.
 * @param timeZone where days begin and end
 */
export function addBusinessDays(from: Date, days: number, timeZone = BUSINESS_ZONE): Date {
  let day = new Intl.DateTimeFormat('sv-SE', { timeZone }).format(from);
  for (let left = days; left > 0;) {
    day = dayOf(daysLater(new Date(day), 1));
    if (isBusinessDay(day)) left -= 1;
  }
  return startOfNextDayIn(day, timeZone);
}

// Days are handled as their midnights in UTC, where each has 24 hours.

function observed(year: number, date: string): Date {
  const day = new Date(`${String(year)}-${date}`);
  if (day.getUTCDay() === SATURDAY) return daysLater(day, -1);
  return day.getUTCDay() === SUNDAY ? daysLater(day, 1) : day;
}

function weekdayOf(year: number, rule: { month: number; weekday: number; nth: number }): Date {
  // The last one of a month is the one before the first of the next month.
  const month = rule.nth === 0 ? rule.month + 1 : rule.month;
  const first = new Date(Date.UTC(year, month - 1, 1));
  const toWeekday = (rule.weekday - first.getUTCDay() + 7) % 7;
  return daysLater(first, toWeekday + (rule.nth - 1) * 7);
}

function isWeekend(day: Date): boolean {
  return [SUNDAY, SATURDAY].includes(day.getUTCDay());
}

function daysLater(day: Date, days: number): Date {
  return new Date(day.getTime() + days * DAY_MS);
}

function dayOf(midnight: Date): string {
  return midnight.toISOString().slice(0, 10);
}
