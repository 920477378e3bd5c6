import type { ErrorRequestHandler } from 'express';
import { AppError, CATALOGUE, type ErrorCode } from '../../errors';
import type { Logger } from '../../telemetry/logger';
import { errorHandler } from '../error-handler';

/** Status and headline of the dialect. */
type Wording = readonly [status: number, error: string];

/** How the core's refusals are worded here; others keep their status. */
const WORDINGS: Partial<Record<ErrorCode, Wording>> = {
  credentials_missing: [499, 'Missing client key'],
  unauthenticated: [498, 'Invalid client key'],
  ip_not_allowed: [403, 'Forbidden'],
  service_not_provisioned: [403, 'Forbidden'],
  invalid_request: [400, 'Bad request'],
  not_found: [404, 'Not found'],
  method_not_allowed: [405, 'Method not allowed'],
  consent_not_found: [404, 'Not found'],
  consent_set_not_found: [404, 'Not found'],
  consent_user_not_found: [404, 'Not found'],
  too_many_requests: [429, 'Too many requests'],
  account_rate_exceeded: [429, 'Too many requests'],
  api_rate_exceeded: [429, 'Too many requests'],
  account_daily_exceeded: [429, 'Too many requests'],
  api_daily_exceeded: [429, 'Too many requests'],
  internal: [500, 'Internal server error'],
  unavailable: [503, 'Service unavailable'],
};

/** The status of a refusal in this dialect. */
export function baanxStatus(code: ErrorCode): number {
  return WORDINGS[code]?.[0] ?? CATALOGUE[code][0];
}

/** A refusal whose sentence names what the caller asked for; for the answer, never for a log. */
export class BaanxRefusal extends AppError {
  constructor(
    code: ErrorCode,
    readonly sentence: string,
  ) {
    super(code);
  }
}

/** Makes a `catch` handler that words one kind of 404 in this dialect, and rethrows the rest. */
export function notFound(code: ErrorCode, sentence: string) {
  return (error: unknown): never => {
    if (error instanceof AppError && error.code === code) throw new BaanxRefusal(code, sentence);
    throw error;
  };
}

/** `{error, details: [...]}`. */
function errorBody(refusal: AppError): { error: string; details: string[] } {
  const error = WORDINGS[refusal.code]?.[1] ?? refusal.message;
  if (refusal instanceof BaanxRefusal) return { error, details: [refusal.sentence] };
  const fields = refusal.extra.details?.map(({ path, message }) => `${path} ${message}`);
  return { error, details: fields ?? [refusal.message] };
}

/** Answers every error of the routes before it in the shape of the dialect. */
export function baanxErrors(log: Logger): ErrorRequestHandler {
  return errorHandler(log, (refusal) => ({
    status: WORDINGS[refusal.code]?.[0] ?? refusal.status,
    body: errorBody(refusal),
  }));
}
