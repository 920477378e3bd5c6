import { AppError, invalid, unavailable } from '../errors';
import { isUnavailable } from '../store';

/** The body parser's errors, by their `type`, as refusals of ours. */
const BODY_PARSER: Record<string, () => AppError> = {
  'entity.parse.failed': () => invalid('body', 'must be valid JSON'),
  'entity.too.large': () => new AppError('payload_too_large'),
  'encoding.unsupported': () => new AppError('encoding_unsupported'),
  'charset.unsupported': () => new AppError('charset_unsupported'),
  'request.size.invalid': () => invalid('body', 'is not as long as its Content-Length says'),
  'request.aborted': () => invalid('body', 'ended early'),
};

/** What an error means to the caller: a refusal of ours, a 503 while MongoDB is away, or a 500. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (isUnavailable(error)) return unavailable();
  const { type, status } = error as { type?: unknown; status?: unknown };
  if (isOtherJson(error)) return invalid('body', 'must be a JSON object');
  const known = typeof type === 'string' ? BODY_PARSER[type] : undefined;
  if (known) return known();
  // A malformed escape in a URL, a bad header and the like.
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return invalid('request', 'is malformed');
  }
  return new AppError('internal');
}

/** Whether the body parser met JSON that it does not take: a string, a number, true, false or null. */
function isOtherJson(error: unknown): boolean {
  const { type, body } = error as { type?: unknown; body?: unknown };
  if (type !== 'entity.parse.failed' || typeof body !== 'string') return false;
  try {
    JSON.parse(body);
    return true;
  } catch {
    return false;
  }
}
