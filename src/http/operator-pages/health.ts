import { AppError } from '../../errors';
import { QUEUE_NAMES, type QueueName } from '../../jobs/contract';
import type { Period, QueuePeriod } from '../../core/health/health-history';
import { readHealth } from '../../core/health/read-health';
import type { PageCall } from '../pages/page-router';
import { type Chart, chartOf } from './chart';
import { type OperatorPage, type OperatorRoutes, parameter } from './operator-page';

/** Half an hour, as a row of the table below the charts. */
interface Row extends QueuePeriod {
  from: Date;
}

/** The state of the queues and the outbox, as a whole and queue by queue. */
export function mountHealth({ ctx, get }: OperatorRoutes): void {
  get('/', async (call) => {
    const { t } = call;
    const health = await readHealth({ ctx });
    const { charts, rows } = charted(health.history, allQueues, t);
    const lags = health.history.map((period) => period.outbox_seconds);
    charts.push(chartOf(t.operator.health.lag, lags, t.operator.health, t.operator.duration));
    return {
      section: 'health',
      template: 'operator-pages/health',
      title: t.operator.health.title,
      data: { health, charts, rows, lags },
    };
  });
  get('/queues/:queue', async (call): Promise<OperatorPage> => {
    const { t } = call;
    const name = QUEUE_NAMES.find((one) => one === parameter(call, 'queue'));
    if (!name) throw new AppError('not_found');
    const health = await readHealth({ ctx });
    const queue = health.queues?.find((one) => one.name === name) ?? null;
    return {
      section: 'health',
      template: 'operator-pages/queue',
      title: name,
      data: { name, queue, lags: null, ...charted(health.history, ofQueue(name), t) },
    };
  });
}

type PickQueue = (period: NonNullable<Period['queues']>) => QueuePeriod;

const ofQueue =
  (name: QueueName): PickQueue =>
  (queues) =>
    queues[name];

/** The queues need not have been deepest at the same time: the sum is an upper bound. */
const allQueues: PickQueue = (queues) => {
  const all = Object.values(queues);
  const sum = (of: (one: QueuePeriod) => number) => all.reduce((total, one) => total + of(one), 0);
  return {
    depth: sum((one) => one.depth),
    oldest_seconds: Math.max(...all.map((one) => one.oldest_seconds)),
    completed: sum((one) => one.completed),
    failed: sum((one) => one.failed),
  };
};

function charted(
  history: Period[],
  pick: PickQueue,
  { operator: words }: PageCall['t'],
): { charts: Chart[]; rows: (Row | { from: Date })[] } {
  const picked = history.map(({ queues }) => queues && pick(queues));
  const chart = (title: string, key: keyof QueuePeriod, format: (value: number) => string) =>
    chartOf(
      title,
      picked.map((one) => one?.[key] ?? null),
      words.health,
      format,
    );
  const rows = history.map(({ from }, i) => ({ from, ...picked[i] }));
  const charts = [
    chart(words.health.depth, 'depth', words.count),
    chart(words.health.oldestAge, 'oldest_seconds', words.duration),
    chart(words.health.completed, 'completed', words.count),
    chart(words.health.failed, 'failed', words.count),
  ];
  return { charts, rows };
}
