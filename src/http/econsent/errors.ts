import type { ErrorRequestHandler } from 'express';
import { type AppError } from '../../errors';
import { errorForLog, type Logger } from '../../telemetry/logger';
import { toAppError } from '../request-errors';

/** Numeric codes that the contract gives to some refusals. */
const NUMERIC_CODES: Partial<Record<AppError['code'], number>> = { insufficient_balance: 4005 };

/** `{status, error, details?, code?}`: the shape of errors of the eConsent and operator APIs. */
export function errorBody(error: AppError): Record<string, unknown> {
  const code = NUMERIC_CODES[error.code];
  return {
    status: error.status,
    error: error.message,
    ...(code !== undefined && { code }),
    ...(error.extra.details && { details: error.extra.details }),
  };
}

/** Answers every error of the routes before it, and logs those that are ours. */
export function econsentErrors(log: Logger): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (error: unknown, _request, response, _next) => {
    const refusal = toAppError(error);
    if (refusal.status >= 500) {
      log.error(
        { request_id: response.locals.requestId as string, error: errorForLog(error) },
        refusal.message,
      );
    }
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const { retryAfterSeconds } = refusal.extra;
    if (retryAfterSeconds !== undefined) response.set('Retry-After', String(retryAfterSeconds));
    if (refusal.status === 401) response.set('WWW-Authenticate', 'Bearer');
    response.status(refusal.status).json(errorBody(refusal));
  };
}
