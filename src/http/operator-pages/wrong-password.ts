import type { AppError } from '../../errors';
import type { PageCall } from '../pages/page-router';

/**
 * What to say beside the field of an operator's own password.
 * @throws the refusal itself when it is not about that
 */
export function wrongPassword(
  refusal: AppError,
  t: PageCall['t'],
): { status: 400 | 429; text: string } {
  if (refusal.code === 'too_many_requests') {
    const minutes = Math.ceil((refusal.extra.retryAfterSeconds ?? 60) / 60);
    return { status: 429, text: t.operator.login.locked(minutes) };
  }
  const isIt = refusal.extra.details?.some(({ path }) => path === 'current_password');
  if (!isIt) throw refusal;
  return { status: 400, text: t.dashboard.errors.currentPassword };
}
