import type { AppError } from '../../errors';
import type { PageCall } from '../pages/page-router';

type Words = PageCall['t'];

/**
 * What to say beside the field of somebody's own password.
 * @throws the refusal itself when it is not about that
 */
export function wrongPassword(refusal: AppError, t: Words): { status: 400 | 429; text: string } {
  if (refusal.code === 'too_many_requests') return { status: 429, text: waiting(refusal, t) };
  const isIt = refusal.extra.details?.some(({ path }) => path === 'current_password');
  if (!isIt) throw refusal;
  return { status: 400, text: t.dashboard.errors.currentPassword };
}

/**
 * What to say beside the field of a code.
 * @throws the refusal itself when it is not about that
 */
export function wrongCode(
  refusal: AppError,
  t: Words,
): { status: 400 | 429; text: string; retryAfterSeconds?: number } {
  const { code, extra } = refusal;
  if (code === 'too_many_requests') {
    const { retryAfterSeconds = 60 } = extra;
    return { status: 429, text: waiting(refusal, t), retryAfterSeconds };
  }
  if (code === 'code_wrong') return { status: 400, text: t.dashboard.errors.codeWrong };
  if (code === 'code_used') return { status: 400, text: t.dashboard.errors.codeUsed };
  throw refusal;
}

function waiting({ extra }: AppError, t: Words): string {
  return t.dashboard.login.locked(Math.ceil((extra.retryAfterSeconds ?? 60) / 60));
}
