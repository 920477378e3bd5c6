/** What can go wrong on purpose: code → HTTP status, the sentence callers see, worth a retry? */
export const CATALOGUE = {
  invalid_request: [400, 'The request is not valid', false],
  unauthenticated: [401, 'Invalid credentials or token', false],
  other_company: [403, 'The token does not belong to this company', false],
  third_party_refused: [403, 'Third-party verification is not authorized', false],
  service_not_provisioned: [403, 'This service is not provisioned for the company', false],
  ip_not_allowed: [403, "The caller's IP address is not on the company's allowlist", false],
  same_origin_only: [403, 'Changes are accepted from the same origin only', false],
  scope_missing: [403, 'The token may not be used for this call', false],
  admin_only: [403, "Only the company's admins may change this", false],
  operator_admin_only: [403, 'Only operators who are admins may change this', false],
  opted_out: [403, 'This session has opted out', false],
  not_found: [404, 'Not found', false],
  company_not_found: [404, 'Company not found', false],
  property_not_found: [404, 'Property not found', false],
  certificate_not_found: [404, 'Certificate not found', false],
  session_not_found: [404, 'Session not found', false],
  invitation_not_found: [404, 'This link is no longer valid', false],
  user_not_found: [404, 'User not found', false],
  code_wrong: [400, 'The code is wrong', false],
  code_used: [400, 'The code has been used already', false],
  two_step_off: [404, 'Two-step sign-in is off', false],
  operator_not_found: [404, 'Operator not found', false],
  token_not_found: [404, 'Token not found', false],
  api_key_not_found: [404, 'Key pair not found', false],
  consent_not_found: [404, 'Consent not found', false],
  consent_set_not_found: [404, 'Consent set not found', false],
  consent_user_not_found: [404, 'User not found', false],
  consent_revoked: [403, 'This consent has been revoked', false],
  credentials_missing: [401, 'Credentials are required', false],
  archive_not_found: [404, 'No archive has it', false],
  batch_not_found: [404, 'Batch not found', false],
  scrub_not_found: [404, 'Scrub not found', false],
  job_not_retryable: [409, 'Only a failed job can be tried again', false],
  not_on_the_board: [403, 'The queue board can only pause, resume, retry and promote', false],
  job_moved_on: [409, 'This cannot be done to the job in the state that it is in now', false],
  hold_not_found: [404, 'Legal hold not found', false],
  statement_not_found: [404, 'There is no statement of this month', false],
  top_up_not_found: [404, 'Top-up request not found', false],
  top_up_decided: [409, 'This top-up request has been decided already', false],
  top_ups_waiting: [409, 'As many top-ups are waiting as may: cancel one, or wait', false],
  upload_gone: [410, 'The uploaded file has been deleted', false],
  insufficient_balance: [402, 'Insufficient wallet balance', false],
  certificate_conflict: [409, 'This session already has a certificate with other content', false],
  certificate_removed: [409, 'The certificate of this session was removed', false],
  already_exists: [409, 'Already exists', false],
  selection_changed: [409, 'What was selected has changed in the meantime', false],
  search_too_long: [
    422,
    'This search takes too long: type more of what you look for, or choose fewer days',
    false,
  ],
  revocation_not_found: [404, 'Revocation not found', false],
  receipt_not_found: [404, 'Receipt not found', false],
  webhook_endpoint_not_found: [404, 'Webhook endpoint not found', false],
  webhook_delivery_not_found: [404, 'Webhook delivery not found', false],
  webhook_endpoint_disabled: [409, 'The webhook endpoint is disabled', false],
  batch_not_previewed: [409, 'Only a finished dry run can be committed', false],
  batch_not_failed: [409, 'Only a failed batch can be resumed', false],
  batch_finished: [409, 'The batch has finished', false],
  scrub_not_previewed: [409, 'Only a finished preview can be committed', false],
  scrub_not_failed: [409, 'Only a failed scrub can be resumed', false],
  scrub_finished: [409, 'The scrub has finished', false],
  scrub_unanswered: [409, 'The scrub has no result yet', false],
  idempotency_running: [409, 'A request with this Idempotency-Key is still running', true],
  idempotency_mismatch: [422, 'This Idempotency-Key was used with another request', false],
  method_not_allowed: [405, 'This path does not take this method', false],
  payload_too_large: [413, 'The request body is too large', false],
  unsupported_media_type: [415, 'Content-Type must be application/json', false],
  charset_unsupported: [415, 'The charset of Content-Type must be utf-8', false],
  encoding_unsupported: [415, 'Content-Encoding must be gzip, deflate, br or left out', false],
  multipart_required: [415, 'Content-Type must be multipart/form-data', false],
  too_many_requests: [429, 'Too many requests', true],
  account_rate_exceeded: [429, "The account's limit of calls per second is reached", true],
  api_rate_exceeded: [429, "The account's limit of calls of this API per second is reached", true],
  account_daily_exceeded: [429, "The account's limit of calls per day is reached", true],
  api_daily_exceeded: [429, "The account's limit of calls of this API per day is reached", true],
  token_rate_exceeded: [429, "The token's limit of calls per second is reached", true],
  token_daily_exceeded: [429, "The token's limit of calls per day is reached", true],
  open_uploads_exceeded: [429, 'The company has as many files waiting as it may have', true],
  stored_uploads_exceeded: [
    429,
    'The company has as many bytes of uploaded files stored as it may have',
    true,
  ],
  event_streams_exceeded: [429, 'The company has as many event streams open as it may have', true],
  evidence_exceeded: [
    429,
    'The company has as much evidence under way or kept as it may have',
    true,
  ],
  archive_damaged: [500, 'The archive is not what was written', true],
  mail_not_sent: [500, 'The mail was not sent, as no mail server is set', true],
  mail_server_away: [500, 'The mail server does not answer', true],
  mail_server_refused: [500, 'The mail server did not take the mail', true],
  mail_unreadable: [500, 'The mail is sealed under a key that this process does not have', true],
  internal: [500, 'The request could not be processed', true],
  unavailable: [503, 'The service is temporarily unavailable, try again', true],
} as const satisfies Record<string, readonly [number, string, boolean]>;

export type ErrorCode = keyof typeof CATALOGUE;

/** One wrong field of a request. */
export interface ErrorDetail {
  path: string;
  message: string;
}

/** What comes with a refusal. */
interface Extra {
  details?: ErrorDetail[];
  /** Always set on a 503. */
  retryAfterSeconds?: number;
  /** The methods that the path does take. */
  allow?: string[];
}

const RETRY_AFTER_SECONDS = 1;

/**
 * A refusal with a permanent code. Messages never contain what the caller sent,
 * so that they can be logged and put into a job's failure.
 */
export class AppError extends Error {
  readonly status: number;
  readonly retryable: boolean;
  readonly extra: Extra;

  constructor(
    readonly code: ErrorCode,
    extra: Extra = {},
  ) {
    const [status, sentence, retryable] = CATALOGUE[code];
    super(sentence);
    this.name = 'AppError';
    this.status = status;
    this.retryable = retryable;
    // Set here, so that no 503 can do without.
    this.extra = status === 503 ? { retryAfterSeconds: RETRY_AFTER_SECONDS, ...extra } : extra;
  }
}

/** A 503 for what is worth another try in a second. */
export function unavailable(): AppError {
  return new AppError('unavailable');
}

/** A 400 that names one field. */
export function invalid(path: string, message: string): AppError {
  return new AppError('invalid_request', { details: [{ path, message }] });
}
