import type { Context } from '../../context';
import type { DailySpend } from './daily-spend';

/**
 * What a company spent in each UTC month (`YYYY-MM`), in µUSD: from the daily statements, and for the
 * days without one from what has been read of them.
 * @param months newest first
 * @param days of the last month, from `dailySpend`
 */
export async function monthlySpend({
  ctx,
  companyId,
  months,
  days,
}: {
  ctx: Context;
  companyId: string;
  months: readonly string[];
  days: readonly DailySpend[];
}): Promise<Map<string, number>> {
  const stated = await ctx.store.statements.spentByMonth(companyId, `${months.at(-1) ?? ''}-01`);
  const spent = new Map(months.map((month) => [month, 0]));
  const add = (month: string, microusd: number) => {
    const sum = spent.get(month);
    if (sum !== undefined) spent.set(month, sum + microusd);
  };
  for (const { month, spent_microusd } of stated) add(month, spent_microusd);
  const statedUntil =
    stated
      .map(({ last_day }) => last_day)
      .sort()
      .at(-1) ?? '';
  for (const { day, spent_microusd } of days) {
    if (day > statedUntil) add(day.slice(0, 7), spent_microusd);
  }
  return spent;
}
