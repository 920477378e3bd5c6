import { actorName } from '../../core/audit/actor-name';
import type { ConsentEvent } from '../../core/consents/list-consent-events';
import type { TermsConsent } from '../../core/consents/require-consent';

/** Whether a consent holds, in this dialect's words. */
export function statusOf({ status }: Pick<TermsConsent, 'status'>): 'active' | 'revoked' {
  return status === 'revoked' ? 'revoked' : 'active';
}

/** A consent as it goes over the wire. */
export function consentView(consent: TermsConsent) {
  const { terms, given_at, recorded_at } = consent;
  const revoked = consent.status === 'revoked';
  return {
    _id: consent.consent_id,
    status: statusOf(consent),
    subject: Object.fromEntries(
      Object.entries(terms.subject).filter(([, value]) => value !== null),
    ),
    purposes: terms.purposes,
    text: terms.text,
    retention_policy: terms.retention_policy,
    created_at: given_at.toISOString(),
    updated_at: recorded_at.toISOString(),
    revoked_at: revoked ? recorded_at.toISOString() : null,
    revocation_id: consent.revocation_id,
    reason: consent.reason,
    data: consent.data,
    cleaned_at: consent.cleaned_at?.toISOString() ?? null,
  };
}

/** The answer to a revocation. */
export function revocationView({ consent_id, recorded_at, revocation_id }: TermsConsent) {
  const revoked_at = recorded_at.toISOString();
  return { _id: consent_id, status: 'revoked', revoked_at, revocation_id };
}

/** The columns of the CSV, in order. */
export const EVENT_FIELDS = [
  'event_id',
  'at',
  'action',
  'method',
  'actor',
  'reason',
  'ip',
] as const;

/** Something that happened to a consent, as it goes over the wire. */
export function eventView(entry: ConsentEvent) {
  return {
    event_id: entry._id,
    at: entry.at.toISOString(),
    action: entry.action,
    method: entry.method,
    actor: actorName(entry.actor),
    reason: entry.reason,
    ip: entry.ip,
  };
}
