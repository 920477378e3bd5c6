import { type RequestHandler, type Response, Router } from 'express';
import { z } from 'zod';
import type { Context } from '../context';
import { AppError } from '../errors';
import { readReadiness } from '../core/health/read-readiness';
import { scrapeMetrics } from '../core/health/scrape-metrics';
import { econsentError } from './econsent/answers';
import { errorBody } from './econsent/errors';
import type { FailedCredentials } from './failed-credentials';
import { type Declared, declare } from './operation';
import { operatorBasicOrBearer, requireOperator } from './operator/require-operator';

const parts = (names: [string, ...string[]]) => z.array(z.enum(names)).optional();
const degraded = parts(['redis', 'mongodb_us']);

const CALLS: Declared[] = [
  {
    method: 'get',
    path: '/healthz',
    operation: {
      id: 'getHealth',
      summary: 'Whether the process is alive',
      description: 'For whoever restarts a dead process: asks nothing of MongoDB or Redis.',
      answers: { 200: z.object({ status: z.literal('ok') }).meta({ id: 'Health' }) },
    },
  },
  {
    method: 'get',
    path: '/readyz',
    operation: {
      id: 'getReadiness',
      summary: 'Whether it can serve, and which parts do not answer',
      description:
        'For load balancers. 503 while MongoDB does not answer. Without Redis it is ready and says so in `degraded`: checks and revocations go on.',
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
      description:
        "Counts and durations in the text format, never anything about a company or a person. In production they take the operator's token, unless METRICS_PORT serves them; then 404 here.",
      answers: { 200: { 'text/plain': z.string() } },
      refusals: {
        401: "In production: not the operator's token.",
        404: 'They are served on a port of their own.',
        429: 'Too many wrong tokens from this IP.',
      },
    },
  },
];

/**
 * `/healthz`, `/readyz` and `/metrics` for those who run the service. They hold counts and names of
 * parts, never anything about a company or a person. Counts that change with somebody's call can
 * still tell whether that person is known: in production metrics are the operator's, or on a port of
 * their own.
 */
export function probesRouter(ctx: Context, failures: FailedCredentials): Router {
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
  router.get('/metrics', guardMetrics(ctx, failures), async (request, response) => {
    response.locals.route = request.path;
    const { contentType, text } = await scrapeMetrics({ ctx });
    response.type(contentType).send(text);
  });
  return router;
}

function guardMetrics(ctx: Context, failures: FailedCredentials): RequestHandler {
  const { production, metricsPort } = ctx.config;
  if (metricsPort !== null) {
    return () => {
      throw new AppError('not_found');
    };
  }
  if (production) return requireOperator(ctx, failures, operatorBasicOrBearer);
  return (_request, _response, next) => {
    next();
  };
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
