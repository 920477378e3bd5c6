import { type CurrentBatch, currentBatches } from '../batches/current-batches';
import type { Context } from '../../context';
import type { ActivityDay } from '../../store/activity-days';
import type { RevocationMethod } from '../../store/certificates';
import { DAY_MS } from '../../lib/durations';
import { spendByDay } from '../wallet/daily-spend';
import { dailyTotals, type DaySum } from '../wallet/daily-totals';
import { getWallet, type WalletView } from '../wallet/get-wallet';
import { lastDays, startOfDay } from '../wallet/utc-day';
import { findOverdue } from '../webhooks/overdue';
import { requireCompany } from '../companies/require-company';
import { isCheck } from './check-kinds';

/** What happened on one UTC day. */
export interface OverviewDay {
  /** `YYYY-MM-DD` */
  day: string;
  /** Checks that were answered, valid or not. */
  allowed: number;
  /** Checks refused since the session has opted out. */
  refused: number;
}

/** What a number came to, and in the days before, as many; null: the company is younger than that. */
export interface Compared {
  now: number;
  before: number | null;
}

/** What happened at a company of late. */
export interface Overview {
  /** Oldest first, today included. */
  days: OverviewDay[];
  /** Checks and spend from this day on (`YYYY-MM-DD`) are missing: see `dailyTotals`; null: none are. */
  missingFrom: string | null;
  checks: Compared;
  refused: Compared;
  revocations: Compared;
  /** Those revoked, most first; methods without any are left out. */
  revokedBy: { method: RevocationMethod; count: number }[];
  /** µUSD */
  spent: Compared;
  wallet: WalletView;
  /** Whole days that the available balance lasts at the rate of these days; null: nothing was spent. */
  daysLeft: number | null;
  /** Revocations that somebody with an endpoint has not acknowledged within ten business days. */
  webhooksOverdue: number;
  /** Those with work left first, scrubs too, then the newest, at most five. */
  batches: CurrentBatch[];
}

export const MAX_OVERVIEW_DAYS = 200;

/**
 * What a company sees first: the last `days` UTC days against as many before. Checks and spend are
 * from the books; refusals and revocations are statistics, kept 400 days.
 * @throws AppError company_not_found
 */
export async function overview({
  ctx,
  companyId,
  days,
  now = ctx.now(),
}: {
  ctx: Context;
  companyId: string;
  /** 1 to 200. */
  days: number;
  now?: Date;
}): Promise<Overview> {
  if (days < 1 || days > MAX_OVERVIEW_DAYS) throw new RangeError('days must be 1 to 200');
  const all = lastDays(2 * days, now);
  const [fromDay = ''] = all;
  const [company, { totals, missingFrom }, activity, wallet, batches, overdue] = await Promise.all([
    requireCompany({ ctx, companyId }),
    dailyTotals({ ctx, companyId, fromDay }),
    ctx.store.activityDays.since(companyId, fromDay),
    getWallet({ ctx, companyId }),
    currentBatches({ ctx, companyId, now }),
    findOverdue({ ctx, ownerId: companyId }),
  ]);
  const isOld = company.created_at < startOfDay(all[1] ?? fromDay);
  const compare = (sums: readonly number[]): Compared => ({
    now: sum(sums.slice(days)),
    before: isOld ? sum(sums.slice(0, days)) : null,
  });
  const activityOf = new Map(activity.map((one) => [one.day, one]));
  const seen = all.map((day) => dayOf(day, totals, activityOf.get(day)));
  const ageDays = Math.ceil((now.getTime() - company.created_at.getTime()) / DAY_MS);
  const spent = compare(spendByDay(all, totals).map((day) => day.spent_microusd));
  const rate = spent.now / Math.min(days, Math.max(1, ageDays));
  return {
    days: seen.slice(days).map(({ day, allowed, refused }) => ({ day, allowed, refused })),
    missingFrom,
    checks: compare(seen.map(({ allowed, refused }) => allowed + refused)),
    refused: compare(seen.map(({ refused }) => refused)),
    revocations: compare(seen.map(({ revoked }) => revoked)),
    revokedBy: byMethod(activity.filter(({ day }) => all.indexOf(day) >= days)),
    spent,
    wallet,
    daysLeft: rate > 0 ? Math.max(0, Math.floor(wallet.available_microusd / rate)) : null,
    webhooksOverdue: sum(overdue.map(({ count }) => count)),
    batches,
  };
}

function dayOf(day: string, totals: DaySum[], activity: ActivityDay | undefined) {
  const checks = totals.filter((total) => total.day === day && isCheck(total.kind));
  return {
    day,
    allowed: sum(checks.map(({ lines }) => lines)),
    refused: activity?.refused_checks ?? 0,
    revoked: sum(Object.values(activity?.revoked ?? {})),
  };
}

function byMethod(activity: ActivityDay[]): Overview['revokedBy'] {
  const counts = new Map<RevocationMethod, number>();
  for (const { revoked } of activity) {
    for (const [method, count] of Object.entries(revoked) as [RevocationMethod, number][]) {
      counts.set(method, (counts.get(method) ?? 0) + count);
    }
  }
  const found = [...counts].map(([method, count]) => ({ method, count }));
  return found.sort((a, b) => b.count - a.count);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
