import type { Request } from 'express';
import { isTimeZone } from '../../lib/time-zones';

const COOKIE = /(?:^|;\s*)rescind_zone=([^;]{1,100})/;

/** Writes times in one language and zone. */
export interface Times {
  /** In full, with the zone: `November 21, 2026 at 1:06 PM UTC`. */
  time: (at: Date) => string;
  /** HTML: short, such as `Nov 21, 13:06`, in full on hover. */
  when: (at: Date) => string;
  /** `13:06:14` today, else `Nov 21, 13:06`. */
  clock: (at: Date) => string;
  /** HTML: only the day, such as `Nov 21` or `Nov 21, 2024`; in full on hover. */
  on: (at: Date) => string;
  /** `November 21, 2026`. */
  day: (at: Date) => string;
  /** `November 2026`. */
  month: (at: Date) => string;
  /** In which they are written. */
  zone: string;
}

/** The zone that our script noted in the browser; UTC when there is none. */
export function browserTimeZone(request: Request): string {
  const noted = COOKIE.exec(request.get('cookie') ?? '')?.[1] ?? '';
  const name = noted.replaceAll('%2F', '/');
  return name !== '' && isTimeZone(name) ? name : 'UTC';
}

/**
 * Formats for times.
 * @param tag language, such as `en`
 * @param now what "this year" is judged by
 */
export function timesIn(tag: string, timeZone: string, now: Date): Times {
  const format = (options: Intl.DateTimeFormatOptions) => {
    let made: Intl.DateTimeFormat | undefined;
    return (at: Date) =>
      (made ??= new Intl.DateTimeFormat(tag, { timeZone, ...options })).format(at);
  };
  const long = format({
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    timeZoneName: 'short',
  });
  const clock = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  const shortDay = { month: 'short', day: 'numeric' } as const;
  const short = format({ ...shortDay, ...clock });
  const toTheSecond = format({ ...clock, second: '2-digit' });
  const dated = format({ ...shortDay, year: 'numeric' });
  const undated = format(shortDay);
  const year = format({ year: 'numeric' });
  const inYear = (at: Date) => year(at) === year(now);
  const html = (at: Date, text: string) =>
    `<time datetime="${at.toISOString()}" title="${long(at)}">${text}</time>`;
  return {
    time: long,
    when: (at) => html(at, inYear(at) ? short(at) : dated(at)),
    clock: (at) => (undated(at) === undated(now) && inYear(at) ? toTheSecond(at) : short(at)),
    on: (at) => html(at, inYear(at) ? undated(at) : dated(at)),
    day: format({ dateStyle: 'long' }),
    month: format({ month: 'long', year: 'numeric' }),
    zone: timeZone,
  };
}
