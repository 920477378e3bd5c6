import type { Context } from '../../context';
import { DAY_MS } from '../../lib/durations';
import { startOfDay, startOfNextDay, utcDay } from './utc-day';

/** What a company spent on one UTC day. */
export interface DailySpend {
  /** `YYYY-MM-DD` */
  day: string;
  /** µUSD, zero or more. */
  spent_microusd: number;
}

/**
 * What a company spent on each of the last `days` days, today included, oldest first: from
 * statements, and from the ledger for days without one.
 */
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
}): Promise<DailySpend[]> {
  const first = utcDay(new Date(now.getTime() - (days - 1) * DAY_MS));
  const statements = await ctx.store.statements.since(companyId, first);
  const last = statements.at(-1);
  const openFrom = last ? startOfNextDay(last.day) : startOfDay(first);
  const spent = await ctx.store.ledger.spentByDay(companyId, openFrom);
  for (const { day, totals } of statements) {
    spent.set(
      day,
      totals.reduce((sum, { amount_microusd }) => sum + Math.max(0, -amount_microusd), 0),
    );
  }
  return Array.from({ length: days }, (_, i) => {
    const day = utcDay(new Date(startOfDay(first).getTime() + i * DAY_MS));
    return { day, spent_microusd: spent.get(day) ?? 0 };
  });
}
