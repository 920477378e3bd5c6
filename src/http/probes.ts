import { type Response, Router } from 'express';
import { z } from 'zod';
import type { Context } from '../context';
import { AppError } from '../errors';
import { readReadiness } from '../core/health/read-readiness';
import { scrapeMetrics } from '../core/health/scrape-metrics';
import { econsentError } from './econsent/answers';
import { errorBody } from './econsent/errors';
import { type Declared, declare } from './operation';

const parts = (names: [string, ...string[]]) => z.array(z.enum(names)).optional();
const degraded = parts(['redis', 'mongodb_us']);

const CALLS: Declared[] = [
  {
    method: 'get',
    path: '/healthz',
    operation: {
      id: 'getHealth',
      summary: 'Whether the process is alive',
      answers: { 200: z.object({ status: z.literal('ok') }).meta({ id: 'Health' }) },
    },
  },
  {
    method: 'get',
    path: '/readyz',
    operation: {
      id: 'getReadiness',
      summary: 'Whether it can serve, and which parts do not answer',
      answers: {
        200: z.object({ status: z.literal('ready'), degraded }).meta({ id: 'Readiness' }),
        503: z
          .object({ ...econsentError.shape, failed: parts(['mongodb']), degraded })
          .meta({ id: 'Unreadiness' }),
      },
    },
  },
  {
    method: 'get',
    path: '/metrics',
    operation: {
      id: 'getMetrics',
      summary: 'Metrics for Prometheus',
      answers: { 200: { 'text/plain': z.string() } },
    },
  },
];

/**
 * `/healthz`, `/readyz` and `/metrics` for those who run the service. All three are open: they hold
 * counts and names of parts, never anything about a company or a person. Where even volumes are
 * confidential, block `/metrics` at the load balancer.
 */
export function probesRouter(ctx: Context): Router {
  const router = Router();
  for (const call of CALLS) declare(router, call);
  router.get('/healthz', (request, response) => {
    response.locals.route = request.path;
    response.json({ status: 'ok' });
  });
  router.get('/readyz', async (request, response) => {
    response.locals.route = request.path;
    await answerReadiness(ctx, response);
  });
  router.get('/metrics', async (request, response) => {
    response.locals.route = request.path;
    const { contentType, text } = await scrapeMetrics({ ctx });
    response.type(contentType).send(text);
  });
  return router;
}

async function answerReadiness(ctx: Context, response: Response): Promise<void> {
  const { failed, degraded } = await readReadiness({ ctx });
  const more = degraded.length > 0 ? { degraded } : {};
  if (failed.length === 0) {
    response.json({ status: 'ready', ...more });
    return;
  }
  const refusal = new AppError('unavailable');
  response.set('Retry-After', String(refusal.extra.retryAfterSeconds));
  response.status(503).json({ ...errorBody(refusal), failed, ...more });
}
