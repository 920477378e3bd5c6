import type { Context } from '../../context';
import { dailyTotals, type DaySum } from './daily-totals';
import { lastDays } from './utc-day';

/** What a company spent on one UTC day. */
export interface DailySpend {
  /** `YYYY-MM-DD` */
  day: string;
  /** µUSD, zero or more. */
  spent_microusd: number;
}

/** What a company spent by the day. */
export interface Spend {
  /** Oldest first. */
  days: DailySpend[];
  /** From this day on nothing has been added up, see `dailyTotals`; null: all is there. */
  missingFrom: string | null;
}

/** What a company spent on each of the last `days` UTC days, today included. */
export async function dailySpend({
  ctx,
  companyId,
  days,
  now = ctx.now(),
}: {
  ctx: Context;
  companyId: string;
  days: number;
  now?: Date;
}): Promise<Spend> {
  const all = lastDays(days, now);
  const { totals, missingFrom } = await dailyTotals({ ctx, companyId, fromDay: all[0] ?? '' });
  return { days: spendByDay(all, totals), missingFrom };
}

/** What was spent on each of these days, in their order. */
export function spendByDay(days: string[], totals: DaySum[]): DailySpend[] {
  const spent = new Map(days.map((day) => [day, 0]));
  for (const { day, amount_microusd } of totals) {
    const sum = spent.get(day);
    if (sum !== undefined) spent.set(day, sum + Math.max(0, -amount_microusd));
  }
  return [...spent].map(([day, spent_microusd]) => ({ day, spent_microusd }));
}
