import type { ErrorRequestHandler, Response } from 'express';
import type { AppError } from '../errors';
import { errorForLog, type Logger } from '../telemetry/logger';
import { toAppError } from './request-errors';

/** A refusal in the words of a dialect. */
export interface Worded {
  status: number;
  body: object;
}

/**
 * Answers every error of the routes before it in the words of a dialect, and logs our own faults.
 * @param scheme the kind of credentials that a 401 asks for; dialects without a 401 have none
 */
export function errorHandler(
  log: Logger,
  word: (refusal: AppError) => Worded,
  scheme?: 'Bearer' | 'Basic',
): ErrorRequestHandler {
  // Express recognises an error handler by its four parameters.
  return (error: unknown, _request, response, _next) => {
    const refusal = toAppError(error);
    const { status, body } = word(refusal);
    if (!canRefuse(log, response, { error, refusal, status })) return;
    if (status === 401 && scheme) response.set('WWW-Authenticate', scheme);
    response.status(status).json(body);
  };
}

/**
 * Logs an error that is our fault and sets `Retry-After` and `Allow`; cuts off an answer that has already begun.
 * @returns whether the refusal can still be sent
 */
export function canRefuse(
  log: Logger,
  response: Response,
  { error, refusal, status }: { error: unknown; refusal: AppError; status: number },
): boolean {
  if (status >= 500) {
    const requestId = response.locals.requestId as string;
    log.error({ request_id: requestId, error: errorForLog(error) }, refusal.message);
  }
  if (response.headersSent) {
    response.destroy();
    return false;
  }
  const { retryAfterSeconds, allow } = refusal.extra;
  if (allow) response.set('Allow', allow.join(', '));
  if (retryAfterSeconds !== undefined) response.set('Retry-After', String(retryAfterSeconds));
  return true;
}
