import type { Batch } from '../../../src/store/batches';
import type { TestCompany } from '../../helpers/company';
import type { Service } from '../../helpers/service';

/** Inserts a batch of an hour ago: failed and resumable, unless `change` says otherwise. */
export function insertBatch(
  { ctx }: Service,
  company: TestCompany,
  id: string,
  change: Partial<Batch>,
): Promise<void> {
  const anHourAgo = new Date(Date.now() - 60 * 60_000);
  return ctx.store.batches.insert({
    _id: id,
    company_id: company.id,
    method: 'csv',
    reason: null,
    ip: null,
    actor: { type: 'operator', id: null },
    state: 'failed',
    dry_run: false,
    upload: {
      file_id: 'f',
      bytes: 10,
      sha256: '',
      encoding: 'utf-8',
      delimiter: ',',
      columns: [],
      data: { offset: 0, line: 2 },
    },
    upload_expires_at: new Date(Date.now() + 1e9),
    created_at: anHourAgo,
    requested_at: anHourAgo,
    flags_committed_at: null,
    completed_at: null,
    error: 'internal',
    failures: 8,
    rows_read: 0,
    rows_total: null,
    revoked: 0,
    already_revoked: 0,
    not_found: 0,
    invalid: 0,
    duplicate: 0,
    certificates_revoked: 0,
    certificates_recorded: 0,
    rows_per_second: null,
    position: null,
    run: 0,
    open: false,
    enqueued_at: null,
    fence: 0,
    lease_until: null,
    ...change,
  });
}
