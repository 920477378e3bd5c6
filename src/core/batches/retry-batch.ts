import { commitChange } from '../idempotency/commit-change';
import { AppError } from '../../errors';
import type { Batch } from '../../store/batches';
import { kindOf, REFUSALS } from './batch-kind';
import { type BatchChange, recordBatchChange } from './record-batch-change';
import { requireBatch, requireUpload } from './require-batch';
import { reserveRows } from './scrub/row-money';
import { uploadExpiry } from './upload-expiry';

/**
 * Resumes a failed batch at its last checkpoint. For the rows that a scrub has not answered yet, money
 * is reserved again.
 * @throws AppError batch_not_found, batch_not_failed, upload_gone; the same of a scrub;
 * insufficient_balance
 */
export async function retryBatch(change: BatchChange): Promise<Batch> {
  const { ctx, batchId, completion } = change;
  const seen = await requireBatch(change);
  const { notFailed } = REFUSALS[kindOf(seen)];
  // While it is open, audit entries of what it revoked are still being written.
  if (seen.state !== 'failed' || seen.open) throw new AppError(notFailed);
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
        ...(await reserveRows({ ctx, batch: seen, session })),
      };
      const next = await ctx.store.batches.reopen(batchId, 'failed', again, session);
      if (!next) throw new AppError(notFailed);
      await recordBatchChange({ ...change, change: 'resumed', batch: next, session });
      return next;
    },
  });
  ctx.outbox.recorded('batches', batchId);
  return resumed;
}
