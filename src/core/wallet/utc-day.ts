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

/** The last `count` UTC days, that of `now` included, oldest first. */
export function lastDays(count: number, now: Date): string[] {
  const first = now.getTime() - (count - 1) * DAY_MS;
  return Array.from({ length: count }, (_, i) => utcDay(new Date(first + i * DAY_MS)));
}
