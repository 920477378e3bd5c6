import type { Context } from '../../context';
import { DAY_MS, HOUR_MS } from '../../lib/durations';

export type Watched = 'opt_outs' | 'refusals';

/** Something that happens far more often than it has of late. */
export interface UnusualRate {
  what: Watched;
  /** Null: over all companies together. */
  companyId: string | null;
  /** How many times the normal hour's count. */
  ratio: number;
}

/** Normal is the mean hour of this long before. */
const NORMAL_MS = 7 * DAY_MS;
/** So many times the normal is unusual. */
const FACTOR = 10;
/** An hour with fewer is never unusual: who has one a week may have ten. */
const AT_LEAST: Record<Watched, number> = { opt_outs: 100, refusals: 500 };
const MAX_COMPANIES = 20;

/**
 * What is unusual in this hour or the one before: at least ten times the mean hour of the seven days
 * before it, of the company itself or of the service. At most the 20 companies with most of each.
 */
export async function findUnusualRates({
  ctx,
  now = ctx.now(),
}: {
  ctx: Context;
  now?: Date;
}): Promise<UnusualRate[]> {
  const hour = now.getTime() - (now.getTime() % HOUR_MS);
  const found = new Map<string, UnusualRate>();
  for (const at of [new Date(hour - HOUR_MS), new Date(hour)]) {
    for (const what of ['opt_outs', 'refusals'] as const) {
      for (const rate of await unusualIn(ctx, at, what)) {
        const key = JSON.stringify([rate.what, rate.companyId]);
        if (rate.ratio > (found.get(key)?.ratio ?? 0)) found.set(key, rate);
      }
    }
  }
  return [...found.values()];
}

async function unusualIn(ctx: Context, at: Date, what: Watched): Promise<UnusualRate[]> {
  const { securityLog } = ctx.store;
  const [all, busiest] = await Promise.all([
    securityLog.sums(at, new Date(at.getTime() + HOUR_MS)),
    securityLog.busiest(at, what, AT_LEAST[what], MAX_COMPANIES),
  ]);
  const hours = [
    { companyId: null, count: all[what] },
    ...busiest.map((totals) => ({ companyId: totals.company_id, count: totals[what] })),
  ].filter(({ count }) => count >= AT_LEAST[what]);
  const rates = hours.map(async ({ companyId, count }) => {
    const before = new Date(at.getTime() - NORMAL_MS);
    const sums = await securityLog.sums(before, at, companyId ?? undefined);
    const normal = sums[what] / (NORMAL_MS / HOUR_MS);
    return { what, companyId, ratio: count / Math.max(normal, AT_LEAST[what] / FACTOR) };
  });
  return (await Promise.all(rates)).filter(({ ratio }) => ratio >= FACTOR);
}
