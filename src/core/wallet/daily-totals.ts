import type { Context } from '../../context';
import type { DaySum } from '../../store/ledger';
import { openDays } from './open-days';
import { startOfDay, startOfNextDay, utcDay } from './utc-day';

export type { DaySum };

/** Sums of days, from the books. */
export interface DailyTotals {
  totals: DaySum[];
  /** From this day on (`YYYY-MM-DD`) there is no sum, as there is too much to add up; null: all are there. */
  missingFrom: string | null;
}

/**
 * What movements of each kind came to on each UTC day from `fromDay` on, at most 400 days back, by day:
 * from statements, and from the ledger for the days without one. Exact, as these are the books; the
 * days without a statement are up to a minute old where they are slow to add up.
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
}): Promise<DailyTotals> {
  const statements = await ctx.store.statements.since(companyId, fromDay);
  const last = statements.at(-1);
  const openFrom = last ? startOfNextDay(last.day) : startOfDay(fromDay);
  const open = await openDays({ ctx, companyId, from: openFrom });
  const stated = statements.flatMap(({ day, totals }) =>
    totals.map((total): DaySum => ({ day, ...total })),
  );
  return {
    totals: [...stated, ...(open ?? [])],
    missingFrom: open === null ? utcDay(openFrom) : null,
  };
}
