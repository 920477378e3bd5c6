import { startOfDay, utcDay } from '../../src/core/wallet/utc-day';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/lib/durations';
import { createDice } from './dice';

/** The demo company is this old. */
export const DAYS = 90;
const SEED = 1_827;
/** Hours of a UTC day between which something happens. */
const OPENS_AT = 10;
const CLOSES_AT = 23.75;
/** Nothing is so young that somebody could still be at it. */
const OVER_FOR_MS = 5 * MINUTE_MS;
/** From Sunday on. */
const WEEKDAYS = [0.45, 1.15, 1.25, 1.2, 1.15, 1.1, 0.7] as const;
/** At the end there is twice as much as in the beginning. */
const GROWTH = { from: 0.67, to: 1.33 } as const;

/** The hours of a day in which something happens. */
export interface Day {
  /** From 0, the first. */
  index: number;
  from: Date;
  to: Date;
  /** How much happens, about 1 on average. */
  weight: number;
}

/** The days of the demo company, today included. */
export interface Calendar {
  now: Date;
  /** Before anything else. */
  founded: Date;
  days: Day[];
  /** The time at which this share, 0 to 1, of everything has happened. */
  momentOf: (share: number) => Date;
}

/** Lays out the days up to `now`: weekends are quieter, and business grows a little. */
export function createCalendar(now: Date): Calendar {
  const first = startOfDay(utcDay(new Date(now.getTime() - DAYS * DAY_MS)));
  const dice = createDice(SEED);
  const days: Day[] = [];
  for (let index = 0; index <= DAYS; index++) {
    const midnight = first.getTime() + index * DAY_MS;
    const day = dayOf(index, midnight, now.getTime() - OVER_FOR_MS, dice());
    if (day) days.push(day);
  }
  const founded = new Date(first.getTime() + 8 * HOUR_MS);
  return { now, founded, days, momentOf: (share) => momentOf(days, share) };
}

function dayOf(index: number, midnight: number, latest: number, roll: number): Day | null {
  const from = midnight + OPENS_AT * HOUR_MS;
  const closes = midnight + CLOSES_AT * HOUR_MS;
  const to = Math.min(closes, latest);
  if (to <= from) return null;
  const weekday = WEEKDAYS[new Date(midnight).getUTCDay()] ?? 1;
  const grown = GROWTH.from + ((GROWTH.to - GROWTH.from) * index) / DAYS;
  const whole = weekday * grown * (0.92 + 0.16 * roll);
  const weight = (whole * (to - from)) / (closes - from);
  return { index, from: new Date(from), to: new Date(to), weight };
}

function momentOf(days: Day[], share: number): Date {
  let left = share * days.reduce((sum, { weight }) => sum + weight, 0);
  for (const { from, to, weight } of days) {
    if (left < weight) {
      const length = to.getTime() - from.getTime();
      return new Date(Math.floor(from.getTime() + (length * left) / weight));
    }
    left -= weight;
  }
  return days.at(-1)?.to ?? new Date(0);
}
