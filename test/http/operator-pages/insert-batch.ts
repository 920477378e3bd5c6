import { newBatch } from '../../../src/core/batches/new-batch';
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
  const batch = newBatch({
    _id: id,
    company_id: company.id,
    method: 'csv',
    caller: { actor: { type: 'operator', id: null }, ip: null },
    state: 'failed',
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
    error: 'internal',
    failures: 8,
    open: false,
    ...change,
  });
  return ctx.store.batches.insert(batch);
}
