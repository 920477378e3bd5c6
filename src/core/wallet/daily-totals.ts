import type { Context } from '../../context';
import type { DaySum } from '../../store/ledger';
import { startOfDay, startOfNextDay } from './utc-day';

export type { DaySum };

/**
 * What movements of each kind came to on each UTC day from `fromDay` on, at most 400 days back, by day:
 * from statements, and from the ledger for the days without one. Exact, as these are the books.
 */
export async function dailyTotals({
  ctx,
  companyId,
  fromDay,
}: {
  ctx: Context;
  companyId: string;
  /** `YYYY-MM-DD` */
  fromDay: string;
}): Promise<DaySum[]> {
  const statements = await ctx.store.statements.since(companyId, fromDay);
  const last = statements.at(-1);
  const openFrom = last ? startOfNextDay(last.day) : startOfDay(fromDay);
  const open = await ctx.store.ledger.sumByDay(companyId, openFrom);
  const stated = statements.flatMap(({ day, totals }) =>
    totals.map((total): DaySum => ({ day, ...total })),
  );
  return [...stated, ...open];
}
