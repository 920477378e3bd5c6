import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { Logger } from '../telemetry/logger';

const REQUEST_ID = /^[\w.-]{1,100}$/;

/**
 * Gives every request an id (the caller's `X-Request-Id` if it is sane) and logs one line per
 * answer, with the route's pattern and never the URL, which can contain an email address.
 */
export function requestLog(log: Logger): RequestHandler {
  return (request, response, next) => {
    const startedAt = performance.now();
    const given = request.headers['x-request-id'];
    const requestId = typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
    response.locals.requestId = requestId;
    response.setHeader('X-Request-Id', requestId);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Cache-Control', 'no-store');
    response.once('finish', () => {
      log.info({
        request_id: requestId,
        method: request.method,
        route: response.locals.route as string | undefined,
        status: response.statusCode,
        ms: Math.round((performance.now() - startedAt) * 10) / 10,
      });
    });
    next();
  };
}
