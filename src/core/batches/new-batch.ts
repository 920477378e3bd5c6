import type { Caller } from '../../context';
import { newId } from '../../lib/random-ids';
import type { Batch } from '../../store/batches';

/** What a new batch needs; any other field may be given to override its default. */
export type NewBatch = Pick<Batch, 'company_id' | 'method' | 'state' | 'created_at'> &
  Partial<Batch> & { caller: Caller };

/** A batch of which nothing has been read: open unless given otherwise, and without a lease. */
export function newBatch({ caller, ...given }: NewBatch): Batch {
  return {
    _id: newId(given.kind === 'scrubs' ? 'scr' : 'bat'),
    actor: caller.actor,
    ip: caller.ip,
    reason: null,
    file_name: null,
    dry_run: false,
    upload: null,
    upload_expires_at: null,
    requested_at: given.created_at,
    flags_committed_at: null,
    completed_at: null,
    error: null,
    failures: 0,
    starts: 0,
    rows_read: 0,
    rows_total: null,
    revoked: 0,
    already_revoked: 0,
    not_found: 0,
    invalid: 0,
    duplicate: 0,
    active_rows: 0,
    remembered: 0,
    certificates_revoked: 0,
    certificates_recorded: 0,
    rows_per_second: null,
    position: null,
    run: 0,
    open: true,
    enqueued_at: null,
    fence: 0,
    lease_until: null,
    ...given,
  };
}
