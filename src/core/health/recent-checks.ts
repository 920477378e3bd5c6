import { HOUR_MS, MINUTE_MS } from '../../lib/durations';
import type { CheckCounts } from '../../store/processes';
import type { Metrics } from '../../telemetry/metrics';

interface Look {
  at: number;
  counts: CheckCounts;
}

/**
 * Follows a process's histogram of checks.
 * @param clock milliseconds that only grow
 * @returns what it counted in the last hour, or since it started, to within a minute
 */
export function createRecentChecks(
  { verifySeconds }: Pick<Metrics, 'verifySeconds'>,
  clock = () => performance.now(),
): () => Promise<CheckCounts> {
  // One a minute; the oldest is what the last hour is counted from.
  let looks: Look[] = [{ at: clock(), counts: { total: 0, failed: 0, within: [] } }];
  return async () => {
    const now = { at: clock(), counts: counted(await verifySeconds.get()) };
    const newest = looks.at(-1);
    if (newest && now.at - newest.at >= MINUTE_MS) looks.push(now);
    const next = looks.findIndex(({ at }) => at > now.at - HOUR_MS);
    looks = looks.slice(Math.max(0, next === -1 ? looks.length - 1 : next - 1));
    return looks[0] ? difference(looks[0].counts, now.counts) : now.counts;
  };
}

type Read = Awaited<ReturnType<Metrics['verifySeconds']['get']>>;

/** All checks since the process started, of any call and status. */
function counted({ values }: Read): CheckCounts {
  const counts: CheckCounts = { total: 0, failed: 0, within: [] };
  const within = new Map<number, number>();
  for (const { metricName, labels, value } of values) {
    const { le, status } = labels as { le?: number | string; status?: string };
    if (metricName?.endsWith('_count')) {
      counts.total += value;
      if (status?.startsWith('5')) counts.failed += value;
    } else if (typeof le === 'number') {
      const ms = Math.round(le * 1_000);
      within.set(ms, (within.get(ms) ?? 0) + value);
    }
  }
  const rising = [...within].sort(([a], [b]) => a - b);
  return { ...counts, within: rising.map(([ms, count]) => ({ ms, count })) };
}

function difference(before: CheckCounts, now: CheckCounts): CheckCounts {
  const had = new Map(before.within.map(({ ms, count }) => [ms, count]));
  return {
    total: now.total - before.total,
    failed: now.failed - before.failed,
    within: now.within.map(({ ms, count }) => ({ ms, count: count - (had.get(ms) ?? 0) })),
  };
}

/** What several processes counted, together. */
export function sumOfChecks(all: CheckCounts[]): CheckCounts {
  const within = new Map<number, number>();
  for (const one of all) {
    for (const { ms, count } of one.within) within.set(ms, (within.get(ms) ?? 0) + count);
  }
  const rising = [...within].sort(([a], [b]) => a - b);
  return {
    total: all.reduce((sum, { total }) => sum + total, 0),
    failed: all.reduce((sum, { failed }) => sum + failed, 0),
    within: rising.map(([ms, count]) => ({ ms, count })),
  };
}

/** How long 99 of 100 took at most; null: longer than what is measured, or there was none. */
export function percentile99({ total, within }: CheckCounts): number | null {
  if (total === 0) return null;
  return within.find(({ count }) => count >= total * 0.99)?.ms ?? null;
}
