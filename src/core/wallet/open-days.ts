import type { Context } from '../../context';
import { MINUTE_MS } from '../../lib/durations';
import { isOverTime } from '../../store';
import type { DaySum } from '../../store/ledger';

/** What took as long is not added up again at every view. */
const SLOW_MS = 500;
const KEPT_MS = MINUTE_MS;
const MAX_KEPT = 1_000;

type Sums = DaySum[] | null;

/** What was slow to add up, by company and first day; of this process. */
const kept = new WeakMap<Context, Map<string, { sums: Sums; until: number }>>();

/**
 * What movements of each kind came to on each UTC day from `from` on, straight from the ledger: for
 * days without a statement, to look at. Where it was slow, up to a minute old.
 * @returns null when there are more movements than can be added up while somebody waits
 */
export async function openDays({
  ctx,
  companyId,
  from,
}: {
  ctx: Context;
  companyId: string;
  from: Date;
}): Promise<Sums> {
  const known = kept.get(ctx) ?? new Map<string, { sums: Sums; until: number }>();
  kept.set(ctx, known);
  const key = `${companyId} ${from.toISOString()}`;
  const began = ctx.now().getTime();
  const found = known.get(key);
  if (found && began < found.until) return found.sums;
  known.delete(key);
  const sums = await sumInTime(ctx, companyId, from);
  const ended = ctx.now().getTime();
  if (sums !== null && ended - began < SLOW_MS) return sums;
  const [oldest] = known.keys();
  if (oldest !== undefined && known.size >= MAX_KEPT) known.delete(oldest);
  known.set(key, { sums, until: ended + KEPT_MS });
  return sums;
}

async function sumInTime(ctx: Context, companyId: string, from: Date): Promise<Sums> {
  try {
    return await ctx.store.ledger.sumByDay(companyId, from);
  } catch (error) {
    if (isOverTime(error)) return null;
    throw error;
  }
}
