import { type HealthReport, readHealth } from '../../core/health/read-health';
import { resumeQueue } from '../../core/health/resume-queue';
import { AppError } from '../../errors';
import { QUEUE_NAMES, type QueueName } from '../../jobs/contract';
import { operatorCaller } from '../operator/require-operator';
import type { PageCall } from '../pages/page-router';
import { companyPath } from './company-page';
import { actionFor, lookPath, resumePath } from './health-actions';
import { charted, queueOf, sumOfQueues } from './health-charts';
import {
  backTo,
  type OperatorPage,
  type OperatorRoutes,
  parameter,
  PREFIX,
  queried,
} from './operator-page';

/** The state of everything, what needs the operator and what does it, and a page for each queue. */
export function mountHealth({ ctx, get, post }: OperatorRoutes): void {
  get('/', async (call): Promise<OperatorPage> => {
    const { t } = call;
    // The page refreshes all but its charts by this.
    const history = queried(call, 'view') !== 'now';
    const health = await readHealth({ ctx, history });
    return {
      section: 'health',
      template: 'operator-pages/health',
      title: t.operator.health.title,
      chart: true,
      data: {
        health,
        stats: statsOf(health),
        hasUs: ctx.config.mongodbUriUs !== null,
        queueCount: QUEUE_NAMES.length,
        actionFor,
        lookPath,
        resumePath,
        companyPath,
        ...charted(health.history, sumOfQueues, t.operator, true),
      },
    };
  });
  get('/queues/:queue', async (call): Promise<OperatorPage> => {
    const { t } = call;
    const name = queueNamed(call);
    const health = await readHealth({ ctx, history: true });
    const concerns = health.concerns.filter((one) => 'queue' in one && one.queue.name === name);
    const queue = health.queues?.find((one) => one.name === name) ?? null;
    return {
      section: 'health',
      template: 'operator-pages/queue',
      title: name,
      chart: true,
      data: {
        name,
        queue,
        concerns,
        actionFor,
        ...charted(health.history, queueOf(name), t.operator, false),
      },
    };
  });
  post('/queues/:queue/resume', async (call) => {
    const queue = queueNamed(call);
    const resumed = await resumeQueue({ ctx, queue, caller: operatorCaller(call.request) });
    return backTo(call, PREFIX, resumed ? 'queueResumed' : 'queueNotPaused');
  });
}

/** @throws AppError not_found when no queue has the name in the path */
function queueNamed(call: PageCall): QueueName {
  const name = QUEUE_NAMES.find((one) => one === parameter(call, 'queue'));
  if (!name) throw new AppError('not_found');
  return name;
}

/** The numbers at the top of the page; null: not known. */
function statsOf({ processes, outbox }: HealthReport) {
  const known = processes?.processes ?? [];
  const ofRole = (role: 'web' | 'worker') => {
    const all = known.filter((one) => one.role === role);
    const alive = all.filter(({ state }) => state === 'alive');
    const machines = new Set(alive.map(({ host }) => host)).size;
    return { alive: alive.length, missing: all.length - alive.length, machines };
  };
  const [oldest] = outbox
    .filter(({ seconds }) => seconds !== null)
    .toSorted((a, b) => (b.seconds ?? 0) - (a.seconds ?? 0));
  return {
    workers: processes && ofRole('worker'),
    web: processes && ofRole('web'),
    oldest: oldest ?? null,
  };
}
