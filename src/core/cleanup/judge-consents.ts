import type { Context } from '../../context';
import { DAY_MS } from '../../lib/durations';
import type { Session } from '../../store';
import type { Cleanup } from '../../store/cleanups';
import type { Company, CleanupPolicy } from '../../store/companies';
import type { ConsentHead } from '../../store/consent-cleaning';
import { type Holds, loadHolds } from '../legal-holds/load-holds';
import { CLEANABLE } from './cutoffs';

/** The part of `judge` that is about consents: ids of those that may go now. */
export async function judgeConsents({
  ctx,
  cleanup,
  company,
  now,
  session,
}: {
  ctx: Context;
  cleanup: Cleanup;
  company: Company;
  now: Date;
  session: Session;
}): Promise<string[]> {
  const { _id, company_id, subject_ids, action } = cleanup;
  const heads = await ctx.store.consents.findCleaningHeads(company_id, subject_ids, session);
  const holds = await loadHolds({ ctx, companyId: company_id, session });
  return heads
    .filter(
      (head) =>
        // This clean-up has already removed it.
        head.cleanup_id === _id ||
        (dueAction(head, company.retention, now) === action && !isConsentHeld(holds, head)),
    )
    .map(({ consent_id }) => consent_id);
}

/** What is due for a revoked consent under its own policy or, without one, the company's. */
export function dueAction(
  { terms, data, recorded_at }: ConsentHead,
  companyPolicy: CleanupPolicy,
  now: Date,
): Cleanup['action'] | null {
  const { action, after_days } = terms.retention_policy ?? companyPolicy;
  if (action === 'keep' || !CLEANABLE[action].includes(data)) return null;
  return recorded_at.getTime() + after_days * DAY_MS <= now.getTime() ? action : null;
}

/** Whether a hold covers a consent, by its id or by its subject's email, mobile or reference. */
export function isConsentHeld(holds: Holds, head: ConsentHead): boolean {
  const { consent_id: _id, email_hash, mobile_hash, terms } = head;
  const { ref } = terms.subject;
  return holds.covers({ _id, email_hash, mobile_hash }) || (ref !== null && holds.users.has(ref));
}
