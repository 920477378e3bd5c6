import type { Batch } from '../../store/batches';
import type { Told } from '../webhooks/record-events';

/** What is told of a batch or scrub that has ended; nothing of one that its company cancelled. */
export function batchEvents(batch: Batch, at: Date): Told[] {
  const { _id, company_id: companyId, kind, state, error } = batch;
  if (state !== 'completed' && state !== 'failed') return [];
  if (kind === 'scrubs') {
    const data = { scrub_id: _id, rows_read: batch.rows_read, error, completed_at: at };
    const event = state === 'completed' ? 'scrub.completed' : 'batch.failed';
    return [{ companyId, event, at, data, batchId: _id }];
  }
  const { method, rows_read, revoked, already_revoked, not_found, invalid, duplicate } = batch;
  const { certificates_revoked } = batch;
  const rows = { rows_read, revoked, already_revoked, not_found, invalid, duplicate };
  return [
    {
      companyId,
      event: state === 'completed' ? 'batch.completed' : 'batch.failed',
      at,
      data: { batch_id: _id, method, ...rows, certificates_revoked, error, completed_at: at },
      batchId: _id,
    },
  ];
}
