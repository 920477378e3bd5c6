import type { Revocation } from '../../store/revocations';

/** What a new request cannot do without; any other field may be given instead of its default. */
export type NewRevocation = Pick<
  Revocation,
  '_id' | 'company_id' | 'method' | 'actor' | 'ip' | 'certificate_ids' | 'requested_at'
> &
  Partial<Revocation>;

/** A request that is only written down: no flag is set, and it is part of no batch. */
export function newRevocation(given: NewRevocation): Revocation {
  return {
    reason: null,
    state: 'recorded',
    flags_committed_at: null,
    completed_at: null,
    enqueued_at: null,
    batch_id: null,
    rows: null,
    ...given,
  };
}
