import { randomUUID } from 'node:crypto';
import type { RequestHandler, Response } from 'express';
import type { Context } from '../context';
import { countAccess } from './count-access';
import { plainForwardedFor } from './client-ip';
import { plainCharset } from './json-body';

const REQUEST_ID = /^[\w.-]{1,100}$/;

/**
 * What every request begins with: headers as the rest understands them, an id (the caller's
 * `X-Request-Id` if it is sane). What every answer ends with: one line in the log, with the route's
 * pattern and never the URL, which can contain an email address; a count for the security log; and the
 * time it took, where the route has it measured.
 */
export function requestLog(ctx: Context): RequestHandler {
  // Of the fields of these lines none can hold what redaction is for, and it costs as much as the line.
  const log = ctx.log.child({}, { redact: [] });
  return (request, response, next) => {
    const startedAt = performance.now();
    plainForwardedFor(request.headers);
    plainCharset(request.headers);
    const given = request.headers['x-request-id'];
    const requestId = typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
    response.locals.requestId = requestId;
    response.setHeader('X-Request-Id', requestId);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Cache-Control', 'no-store');
    response.once('close', () => {
      countAccess(ctx.access, response);
      // Its caller has hung up.
      if (!response.writableFinished) return;
      const ms = performance.now() - startedAt;
      measure(ctx, response, ms);
      log.info({
        request_id: requestId,
        method: request.method,
        route: response.locals.route as string | undefined,
        status: response.statusCode,
        ms: Math.round(ms * 10) / 10,
      });
    });
    next();
  };
}

function measure({ metrics }: Context, { locals, statusCode }: Response, ms: number): void {
  const call = locals.measuredAs as string | undefined;
  if (call === undefined) return;
  metrics.verifySeconds.observe({ call, status: String(statusCode) }, ms / 1_000);
}
