import { invalid } from '../../errors';

/**
 * Holds an expiry to the future: anything else is a mistake, and would make a credential that is dead.
 * @throws AppError invalid_request naming `expires_at`
 */
export function assertInFuture(expiresAt: Date | null, now: Date): void {
  if (expiresAt && expiresAt <= now) throw invalid('expires_at', 'must be in the future');
}
