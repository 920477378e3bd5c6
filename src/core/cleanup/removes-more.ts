import type { CleanupPolicy } from '../../store/companies';

const DAYS = ['after_days', 'session_days', 'certificate_days'] as const;

/** Whether a policy removes anything that the present one does not: then somebody has to be asked. */
export function removesMore(now: CleanupPolicy, next: CleanupPolicy): boolean {
  if (next.action === 'keep') return false;
  return next.action !== now.action || DAYS.some((name) => next[name] < now[name]);
}
