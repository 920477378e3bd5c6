import { type Response, Router } from 'express';
import type { Context } from '../context';
import { AppError } from '../errors';
import { readReadiness, scrapeMetrics } from '../telemetry/probes';
import { errorBody } from './econsent/errors';

/**
 * `/healthz`, `/readyz` and `/metrics` for those who run the service. All three are open: they hold
 * counts and names of parts, never anything about a company or a person. Where even volumes are
 * nobody's business, keep `/metrics` from the outside at the load balancer.
 */
export function probesRouter(ctx: Context): Router {
  const router = Router();
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
    const { contentType, text } = await scrapeMetrics(ctx);
    response.type(contentType).send(text);
  });
  return router;
}

async function answerReadiness(ctx: Context, response: Response): Promise<void> {
  const { failed, degraded } = await readReadiness(ctx);
  const more = degraded.length > 0 ? { degraded } : {};
  if (failed.length === 0) {
    response.json({ status: 'ready', ...more });
    return;
  }
  response.status(503).json({ ...errorBody(new AppError('unavailable')), failed, ...more });
}
