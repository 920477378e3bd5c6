import { DAY_MS } from '../../lib/durations';
import type { CleaningHead } from '../../store/certificate-cleaning';
import type { DataState } from '../../store/certificates';
import type { Cleanup } from '../../store/cleanups';
import type { CleanupPolicy } from '../../store/companies';

/** What must be left of a certificate or consent for an action still to have something to do. */
export const CLEANABLE: Record<Cleanup['action'], readonly DataState[]> = {
  anonymise: ['full'],
  delete: ['full', 'anonymised'],
  archive: ['full', 'anonymised'],
};

/** A company's policy at one moment: what is at least as old as this is due. */
export interface Cutoffs {
  action: Cleanup['action'];
  recordedBy: Date;
  capturedBy: Date;
  now: Date;
}

/** The cutoffs of a policy; null: nothing is ever cleaned. */
export function cutoffsOf(policy: CleanupPolicy, now: Date): Cutoffs | null {
  const { action, session_days, certificate_days } = policy;
  if (action === 'keep') return null;
  const ago = (days: number) => new Date(now.getTime() - days * DAY_MS);
  return { action, recordedBy: ago(session_days), capturedBy: ago(certificate_days), now };
}

/**
 * Whether a certificate is due, leaving reservations and holds aside. A certificate whose recording
 * is paid for waits for it: without the certificate nothing says what the recording shows.
 */
export function isCertificateDue(head: CleaningHead, cutoffs: Cutoffs): boolean {
  return (
    CLEANABLE[cutoffs.action].includes(head.data) &&
    head.created_at <= cutoffs.capturedBy &&
    !isAhead(head.retained_until, cutoffs) &&
    !isAhead(head.session_retained_until, cutoffs)
  );
}

/** Whether the recording of a certificate's session is due, leaving reservations and holds aside. */
export function isRecordingDue(head: CleaningHead, recordedAt: Date, cutoffs: Cutoffs): boolean {
  return recordedAt <= cutoffs.recordedBy && !isAhead(head.session_retained_until, cutoffs);
}

function isAhead(until: Date | null, { now }: Cutoffs): boolean {
  return until !== null && until > now;
}
