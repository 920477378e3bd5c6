import { DAY_MS } from '../../lib/durations';

/** The UTC day of a time, `YYYY-MM-DD`. */
export function utcDay(time: Date): string {
  return time.toISOString().slice(0, 10);
}

/** The instant at which a UTC day starts. */
export function startOfDay(day: string): Date {
  return new Date(`${day}T00:00:00.000Z`);
}

/** The instant at which the UTC day after this one starts. */
export function startOfNextDay(day: string): Date {
  return new Date(startOfDay(day).getTime() + DAY_MS);
}
