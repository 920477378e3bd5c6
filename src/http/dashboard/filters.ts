import type { Request } from 'express';
import { normalizeId } from '../../core/identifiers/id';
import { isDay, startOfDayIn, startOfNextDayIn } from '../../lib/zoned-day';
import { browserTimeZone } from '../pages/times';
import type { DashboardCall } from './dashboard-route';

/** A text that was given; undefined when there is none, or more than one. */
export function givenText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** What a query says in fields of these names; empty where it says nothing. */
export function textsIn<Name extends string>(
  { query }: Request,
  names: readonly Name[],
): Record<Name, string> {
  const texts = names.map((name) => [name, normalizeId(givenText(query[name]) ?? '')]);
  return Object.fromEntries(texts) as Record<Name, string>;
}

/** The zone in which a person's days begin: that of their choice, else that of their browser. */
export function zoneOf({ by, request }: Pick<DashboardCall, 'by' | 'request'>): string {
  return by.user.time_zone ?? browserTimeZone(request);
}

/** From the start of the first day to the end of the last, as the person who asks counts days. */
export function daysOf(
  typed: { from: string; to: string },
  call: Pick<DashboardCall, 'by' | 'request'>,
): Days {
  return daysIn(typed, zoneOf(call));
}

/** Days as times; `wrong` are those that are no days. */
interface Days {
  from?: Date;
  to?: Date;
  wrong: ('from' | 'to')[];
}

/** The same in a zone. */
export function daysIn(typed: { from: string; to: string }, zone: string): Days {
  const wrong = (['from', 'to'] as const).filter(
    (name) => typed[name] !== '' && !isDay(typed[name]),
  );
  if (wrong.length > 0) return { wrong };
  return {
    wrong,
    ...(typed.from !== '' && { from: startOfDayIn(typed.from, zone) }),
    ...(typed.to !== '' && { to: startOfNextDayIn(typed.to, zone) }),
  };
}
