import { commitChange } from '../idempotency/commit-change';
import { AppError } from '../../errors';
import type { Batch } from '../../store/batches';
import { type BatchChange, recordBatchChange } from './record-batch-change';
import { requireBatch, requireUpload } from './require-batch';
import { uploadExpiry } from './upload-expiry';

/**
 * Resumes a failed batch at its last checkpoint.
 * @throws AppError batch_not_found, batch_not_failed, upload_gone
 */
export async function retryBatch(change: BatchChange): Promise<Batch> {
  const { ctx, batchId, completion } = change;
  const seen = await requireBatch(change);
  // While it is open, audit entries of what it revoked are still being written.
  if (seen.state !== 'failed' || seen.open) throw new AppError('batch_not_failed');
  requireUpload(seen);
  const resumed = await commitChange({
    ctx,
    completion,
    change: async (session) => {
      const again = {
        error: null,
        failures: 0,
        starts: 0,
        completed_at: null,
        enqueued_at: null,
        upload_expires_at: uploadExpiry({ ctx, from: ctx.now() }),
      };
      const next = await ctx.store.batches.reopen(batchId, 'failed', again, session);
      if (!next) throw new AppError('batch_not_failed');
      await recordBatchChange({ ...change, action: 'batch.resumed', session });
      return next;
    },
  });
  ctx.outbox.recorded('batches', batchId);
  return resumed;
}
