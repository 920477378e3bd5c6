import type { ErrorRequestHandler } from 'express';
import type { AppError, ErrorCode } from '../../errors';
import type { Logger } from '../../telemetry/logger';
import { errorHandler } from '../error-handler';

/** `httpStatusCode`, `code` and `message` of the dialect. */
type Wording = readonly [status: number, code: number, message: string];

const MALFORMED: Wording = [400, 4001, 'Malformed data or missing required parameter values'];
const UNAUTHORIZED: Wording = [403, 4031, 'Unauthorized access'];
const FAILED: Wording = [500, 5001, 'Request could not be processed'];

/** How the core's refusals are worded here; any other is a fault of ours. */
const WORDINGS: Partial<Record<ErrorCode, Wording>> = {
  unauthenticated: [401, 4016, 'Invalid client authorization'],
  credentials_missing: [401, 4016, 'Invalid client authorization'],
  ip_not_allowed: [403, 4039, "Client's IP address is not whitelisted"],
  service_not_provisioned: [403, 4035, 'Requested service is not provisioned for your account'],
  too_many_requests: [429, 4291, 'Maximum account rate limit exceeded'],
  account_rate_exceeded: [429, 4291, 'Maximum account rate limit exceeded'],
  api_rate_exceeded: [429, 4292, 'Maximum API rate limit exceeded'],
  account_daily_exceeded: [429, 4293, 'Maximum account daily limit exceeded'],
  api_daily_exceeded: [429, 4294, 'Maximum API daily limit exceeded'],
  invalid_request: MALFORMED,
  payload_too_large: MALFORMED,
  unsupported_media_type: MALFORMED,
  charset_unsupported: MALFORMED,
  encoding_unsupported: MALFORMED,
  consent_not_found: UNAUTHORIZED,
  consent_revoked: UNAUTHORIZED,
  insufficient_balance: [400, 4005, 'Operation could not be performed due to low credits balance'],
  // Not in Attestr's own document, which has no such calls.
  not_found: [404, 4041, 'No such API'],
  method_not_allowed: [405, 4051, 'This API does not take this method'],
  idempotency_running: [409, 4091, 'A request with this Idempotency-Key is still running'],
  idempotency_mismatch: [422, 4221, 'This Idempotency-Key was used with another request'],
};

/** How a refusal is told in this dialect; for what it does not know, as a fault of ours. */
export function attestrRefusal(code: ErrorCode): { httpStatusCode: number; code: number } {
  const [httpStatusCode, numeric] = WORDINGS[code] ?? FAILED;
  return { httpStatusCode, code: numeric };
}

/** The refusals that have words of their own here. */
export const ATTESTR_REFUSALS = Object.keys(WORDINGS) as ErrorCode[];

/** `{httpStatusCode, code, message, details?, appError: true}`. */
function errorBody(refusal: AppError): { httpStatusCode: number } & Record<string, unknown> {
  const [httpStatusCode, code, message] = WORDINGS[refusal.code] ?? FAILED;
  const details = detailsOf(refusal);
  return { httpStatusCode, code, message, ...(details && { details }), appError: true };
}

function detailsOf({ code, message, extra }: AppError): string | undefined {
  if (extra.details) return extra.details.map((one) => `${one.path} ${one.message}`).join('; ');
  // What the wording leaves open.
  return WORDINGS[code] === MALFORMED ? message : undefined;
}

/** Answers every error of the routes before it in the shape of the dialect. */
export function attestrErrors(log: Logger): ErrorRequestHandler {
  const word = (refusal: AppError) => {
    const body = errorBody(refusal);
    return { status: body.httpStatusCode, body };
  };
  return errorHandler(log, word, 'Basic');
}
