import type { Period, QueuePeriod } from '../../core/health/health-history';
import type { QueueName } from '../../jobs/contract';
import type { PageCall } from '../pages/page-router';

type Words = PageCall['t']['operator'];

/** A chart of the last day: what it says in words, and what `chart.js` draws. */
export interface Chart {
  title: string;
  label: string;
  drawn: {
    times: Date[];
    unit: 'count' | 'seconds';
    series: { label: string; values: (number | null)[]; tone: 'accent' | 'bad' | 'ok' }[];
  };
}

/** Half an hour, as a row of the table below the charts. */
interface Row extends Partial<QueuePeriod> {
  from: Date;
  lag: number | null;
}

/** What of a half hour is drawn. */
type Pick = (queues: NonNullable<Period['queues']>) => QueuePeriod;

export const queueOf =
  (name: QueueName): Pick =>
  (queues) =>
    queues[name];

/** The queues need not have been deepest at the same time: the sum is an upper bound. */
export const sumOfQueues: Pick = (queues) => {
  const all = Object.values(queues);
  const sum = (of: (one: QueuePeriod) => number) => all.reduce((total, one) => total + of(one), 0);
  return {
    depth: sum((one) => one.depth),
    oldest_seconds: Math.max(...all.map((one) => one.oldest_seconds)),
    completed: sum((one) => one.completed),
    failed: sum((one) => one.failed),
  };
};

/**
 * The charts of the last day, and the same numbers as rows; what was never measured has no chart.
 * @param withLag whether recorded work is part of it
 */
export function charted(
  history: Period[],
  pick: Pick,
  words: Words,
  withLag: boolean,
): { done: Chart | null; charts: Chart[]; rows: Row[]; withLag: boolean } {
  const picked = history.map(({ queues }) => queues && pick(queues));
  const rows = history.map(({ from, outbox_seconds: lag }, i): Row => {
    return { from, lag, ...(picked[i] ?? {}) };
  });
  const values = (key: keyof QueuePeriod) => picked.map((one) => one?.[key] ?? null);
  const times = history.map(({ from }) => from);
  const { health: w, count, duration } = words;
  const label = (title: string, most: string, last: string) => w.label(title, most, last);
  const counts = { times, unit: 'count', format: count, label } as const;
  const seconds = { times, unit: 'seconds', format: duration, label } as const;
  const done = chartOf(w.completed, values('completed'), counts);
  if (done) {
    const [series] = done.drawn.series;
    if (series) series.tone = 'ok';
    done.drawn.series.push({ label: w.jobsFailed, values: values('failed'), tone: 'bad' });
  }
  const lags = history.map((period) => period.outbox_seconds);
  const charts = [
    chartOf(w.depth, values('depth'), counts),
    chartOf(w.oldestAge, values('oldest_seconds'), seconds),
    withLag ? chartOf(w.lag, lags, seconds) : null,
  ].filter((one) => one !== null);
  return { done, charts, rows, withLag };
}

interface Drawing {
  times: Date[];
  unit: 'count' | 'seconds';
  format: (value: number) => string;
  label: (title: string, most: string, last: string) => string;
}

/** Null: nothing of it was measured. */
function chartOf(
  title: string,
  values: (number | null)[],
  { times, unit, format, label }: Drawing,
): Chart | null {
  const known = values.filter((value) => value !== null);
  const last = known.at(-1);
  if (last === undefined) return null;
  return {
    title,
    label: label(title, format(Math.max(...known)), format(last)),
    drawn: { times, unit, series: [{ label: title, values, tone: 'accent' }] },
  };
}
