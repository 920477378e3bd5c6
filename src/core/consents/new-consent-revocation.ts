import type { ConsentRevocation } from '../../store/consent-revocations';

/** What a new request cannot do without; any other field may be given instead of its default. */
export type NewConsentRevocation = Pick<
  ConsentRevocation,
  | '_id'
  | 'company_id'
  | 'dialect'
  | 'method'
  | 'actor'
  | 'ip'
  | 'reason'
  | 'consent_ids'
  | 'requested_at'
> &
  Partial<ConsentRevocation>;

/** A request that is free of charge, and whose follow-up is still to come. */
export function newConsentRevocation(given: NewConsentRevocation): ConsentRevocation {
  return {
    impact: null,
    fee_microusd: 0,
    state: 'recorded',
    completed_at: null,
    enqueued_at: null,
    ...given,
  };
}
