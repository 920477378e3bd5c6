import type { Context } from '../../context';
import { AppError } from '../../errors';
import { requireCompany } from '../companies/require-company';
import type { DaySum } from './daily-totals';
import { startOfDay, startOfNextDay, utcDay } from './utc-day';

/** A day with movements; amounts in µUSD. */
export interface StatementDay {
  /** `YYYY-MM-DD` */
  day: string;
  /** By kind: signed, charges below zero. */
  totals: Omit<DaySum, 'day'>[];
  closing_microusd: number;
}

/** What happened in a company's wallet in one UTC month; amounts in µUSD. */
export interface MonthStatement {
  /** `YYYY-MM` */
  month: string;
  company: { company_id: string; name: string };
  /** The month has not ended, or ended a moment ago: there may be more movements. */
  is_open: boolean;
  /** The last day it tells of: that of the month, or today. */
  last_day: string;
  opening_microusd: number;
  closing_microusd: number;
  days: StatementDay[];
  totals: Omit<DaySum, 'day'>[];
}

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;
const THE_BEGINNING = new Date(0);
/** As long as statements are kept. */
const MAX_MONTHS = 120;

/**
 * The statement of one month: from the daily statements, and from the ledger for the days without one.
 * @throws AppError company_not_found; statement_not_found for what is no month, for one before the
 * company's first and for one that has not begun
 */
export async function monthStatement({
  ctx,
  companyId,
  month,
  now = ctx.now(),
}: {
  ctx: Context;
  companyId: string;
  /** `YYYY-MM` */
  month: string;
  now?: Date;
}): Promise<MonthStatement> {
  const { name, created_at } = await requireCompany({ ctx, companyId });
  if (!MONTH.test(month) || month < monthOf(created_at) || month > monthOf(now)) {
    throw new AppError('statement_not_found');
  }
  const end = startOfNextMonth(month);
  const { opening, sums, isStated } = await readMonth(ctx, companyId, month, end);
  const days = byDay(opening, sums);
  const lastOfMonth = utcDay(new Date(end.getTime() - 1));
  return {
    month,
    company: { company_id: companyId, name },
    is_open: !isStated(lastOfMonth),
    last_day: lastOfMonth < utcDay(now) ? lastOfMonth : utcDay(now),
    opening_microusd: opening,
    closing_microusd: days.at(-1)?.closing_microusd ?? opening,
    days,
    totals: byKind(sums),
  };
}

/** The months that a company has statements of, newest first, at most 120. */
export function statementMonths({ createdAt, now }: { createdAt: Date; now: Date }): string[] {
  const months: string[] = [];
  const first = monthOf(createdAt);
  for (let at = now; months.length < MAX_MONTHS && monthOf(at) >= first;) {
    months.push(monthOf(at));
    at = new Date(startOfDay(`${monthOf(at)}-01`).getTime() - 1);
  }
  return months;
}

function monthOf(time: Date): string {
  return time.toISOString().slice(0, 7);
}

function startOfNextMonth(month: string): Date {
  const start = startOfDay(`${month}-01`);
  return new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1));
}

/** Statements follow each other without a gap, so that only the days after the last are in the ledger. */
async function readMonth(ctx: Context, companyId: string, month: string, end: Date) {
  const { ledger, statements } = ctx.store;
  const firstDay = `${month}-01`;
  const [stated, before] = await Promise.all([
    statements.between(companyId, firstDay, `${month}-31`),
    statements.latestBefore(companyId, firstDay),
  ]);
  const last = stated.at(-1) ?? before;
  const openFrom = last ? startOfNextDay(last.day) : THE_BEGINNING;
  const open = await ledger.sumByDay(companyId, openFrom, end);
  const opening = open
    .filter(({ day }) => day < firstDay)
    .reduce(
      (sum, { amount_microusd }) => sum + amount_microusd,
      stated[0]?.opening_microusd ?? before?.closing_microusd ?? 0,
    );
  const sums = [
    ...stated.flatMap(({ day, totals }) => totals.map((total): DaySum => ({ day, ...total }))),
    ...open.filter(({ day }) => day >= firstDay),
  ];
  return { opening, sums, isStated: (day: string) => stated.at(-1)?.day === day };
}

function byDay(opening: number, sums: DaySum[]): StatementDay[] {
  const days: StatementDay[] = [];
  let closing_microusd = opening;
  for (const { day, ...total } of sums) {
    closing_microusd += total.amount_microusd;
    const known = days.at(-1);
    if (known?.day === day) {
      known.totals.push(total);
      known.closing_microusd = closing_microusd;
    } else days.push({ day, totals: [total], closing_microusd });
  }
  return days;
}

function byKind(sums: DaySum[]): MonthStatement['totals'] {
  const kinds = new Map<string, MonthStatement['totals'][number]>();
  for (const { kind, lines, amount_microusd } of sums) {
    const sum = kinds.get(kind) ?? { kind, lines: 0, amount_microusd: 0 };
    sum.lines += lines;
    sum.amount_microusd += amount_microusd;
    kinds.set(kind, sum);
  }
  return [...kinds.values()].sort((a, b) => (a.kind < b.kind ? -1 : 1));
}
