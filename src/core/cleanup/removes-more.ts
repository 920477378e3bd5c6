import type { CleanupPolicy } from '../../store/companies';

/** The ages of a clean-up policy. */
export const POLICY_DAYS = ['after_days', 'session_days', 'certificate_days'] as const;

/** Whether a policy removes anything that the present one does not: then somebody has to be asked. */
export function removesMore(now: CleanupPolicy, next: CleanupPolicy): boolean {
  if (next.action === 'keep') return false;
  return next.action !== now.action || POLICY_DAYS.some((name) => next[name] < now[name]);
}
