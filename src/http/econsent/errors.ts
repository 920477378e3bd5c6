import type { ErrorRequestHandler } from 'express';
import type { AppError } from '../../errors';
import type { Logger } from '../../telemetry/logger';
import { errorHandler } from '../error-handler';

/** The numeric codes that some refusals carry. */
const NUMERIC_CODES: Partial<Record<AppError['code'], number>> = { insufficient_balance: 4005 };

/** `{status, error, details?, code?}`: how the eConsent and operator APIs report errors. */
export function errorBody(error: AppError): Record<string, unknown> {
  const code = NUMERIC_CODES[error.code];
  return {
    status: error.status,
    error: error.message,
    ...(code !== undefined && { code }),
    ...(error.extra.details && { details: error.extra.details }),
  };
}

/** Answers every error of the routes before it, and logs our own faults. */
export function econsentErrors(log: Logger): ErrorRequestHandler {
  return errorHandler(
    log,
    (refusal) => ({ status: refusal.status, body: errorBody(refusal) }),
    'Bearer',
  );
}
