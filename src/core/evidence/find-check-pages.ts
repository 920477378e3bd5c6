import type { Context } from '../../context';
import { DAY_MS, HOUR_MS } from '../../lib/durations';
import { isOverTime } from '../../store';
import type { LedgerPage } from '../../store/ledger-pages';
import { startOfNextDay, utcDay } from '../wallet/utc-day';

/** As long as checks are counted by the day. */
const COUNTED_MS = 400 * DAY_MS;
const ALL_DAYS = 1_000;
const PAGES_AT_A_TIME = 100;
/** Of one query; a window that takes longer is made narrower. */
const QUERY_MS = 5_000;
const NARROWEST_MS = 1;
const FIRST_STEP_MS = DAY_MS;
const WIDEST_STEP_MS = 32 * DAY_MS;
/** What took less is followed by a window twice as wide. */
const QUICK_MS = 500;
/** Of all that is looked through without knowing on which days there is something. */
const SEARCH_MS = 5 * 60_000;

/** A closed window of time. */
interface Window {
  from: Date;
  to: Date;
}

/** Whose checks of what are looked for. */
export interface WantedChecks {
  ctx: Context;
  companyId: string;
  /** What the ledger calls the certificate. */
  ref: string;
  /** From when the certificate is, up to when is looked. */
  since: Date;
  until: Date;
  signal: AbortSignal;
}

/** The pages as they are found, newest first, and how far back the search has come. */
export interface FoundPages {
  pages: AsyncGenerator<LedgerPage>;
  /** Known once `pages` has ended; null: back to the certificate's beginning. */
  searchedFrom: () => Date | null;
}

/**
 * The pages of the ledger that charge a company for checks of a certificate. Where these were counted
 * by the day, only those days are looked at; all other time is looked through, for five minutes in all.
 */
export function findCheckPages(wanted: WantedChecks): FoundPages {
  let searchedFrom: Date | null = null;
  async function* pages(): AsyncGenerator<LedgerPage> {
    // Spent by queries alone: whoever takes the pages may take their time.
    const budget = { leftMs: SEARCH_MS };
    const { open, counted, older } = await windowsOf(wanted);
    for (const window of open) {
      searchedFrom = yield* search(wanted, window, budget);
      if (searchedFrom) return;
    }
    for (const window of counted) yield* search(wanted, window, { leftMs: Infinity });
    for (const window of older) searchedFrom = yield* search(wanted, window, budget);
  }
  return { pages: pages(), searchedFrom: () => searchedFrom };
}

/** When there can be checks: since the last statement, on counted days, before any was counted. */
async function windowsOf(
  wanted: WantedChecks,
): Promise<Record<'open' | 'counted' | 'older', Window[]>> {
  const { ctx, companyId, ref, since, until } = wanted;
  const latest = await ctx.store.statements.latest(companyId);
  const openFrom = latest ? laterOf(startOfNextDay(latest.day), since) : since;
  const countedFrom = startOfNextDay(utcDay(new Date(until.getTime() - COUNTED_MS)));
  const days = latest ? await countedDays(ctx, companyId, ref, utcDay(openFrom)) : [];
  // All of it is looked through where the counts cannot be read in time.
  if (days === null || !latest) {
    return { open: windowBetween(since, until), counted: [], older: [] };
  }
  return {
    open: windowBetween(openFrom, until),
    counted: days
      .filter(({ first }) => first >= countedFrom)
      .map(({ first, last }) => ({ from: first, to: last })),
    older: windowBetween(since, new Date(Math.min(countedFrom.getTime(), openFrom.getTime()) - 1)),
  };
}

async function countedDays(ctx: Context, companyId: string, ref: string, beforeDay: string) {
  try {
    return await ctx.store.certificateChecks.find(companyId, ref, beforeDay, ALL_DAYS);
  } catch (error) {
    if (isOverTime(error)) return null;
    throw error;
  }
}

function windowBetween(from: Date, to: Date): Window[] {
  return from <= to ? [{ from, to }] : [];
}

function laterOf(a: Date, b: Date): Date {
  return a > b ? a : b;
}

/**
 * Looks through a window, from its end to its beginning, in steps as wide as can be read in time.
 * @returns where it gave up, as the budget was spent; null: nowhere
 */
async function* search(
  { ctx, companyId, ref, signal }: WantedChecks,
  { from, to }: Window,
  budget: { leftMs: number },
): AsyncGenerator<LedgerPage, Date | null> {
  const checks = ctx.store.certificateChecks;
  let step = FIRST_STEP_MS;
  let [end, after] = [to, null as LedgerPage | null];
  while (end >= from) {
    signal.throwIfAborted();
    if (budget.leftMs <= 0) return new Date(end.getTime() + 1);
    const began = performance.now();
    const start = laterOf(new Date(end.getTime() - step + 1), from);
    const limits = { after, limit: PAGES_AT_A_TIME, ms: QUERY_MS };
    let found: LedgerPage[];
    try {
      found = await checks.pagesNaming(companyId, ref, { from: start, to: end }, limits);
    } catch (error) {
      if (!isOverTime(error) || step <= NARROWEST_MS) throw error;
      step = Math.max(NARROWEST_MS, Math.floor(Math.min(step, 2 * HOUR_MS) / 2));
      continue;
    } finally {
      budget.leftMs -= performance.now() - began;
    }
    const tookMs = performance.now() - began;
    yield* found;
    after = found.at(-1) ?? after;
    if (found.length === PAGES_AT_A_TIME) continue;
    end = new Date(start.getTime() - 1);
    if (tookMs < QUICK_MS) step = Math.min(step * 2, WIDEST_STEP_MS);
  }
  return null;
}
