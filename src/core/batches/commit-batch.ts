import { commitChange } from '../idempotency/commit-change';
import { AppError } from '../../errors';
import type { Batch } from '../../store/batches';
import { type BatchChange, recordBatchChange } from './record-batch-change';
import { requireBatch, requireUpload } from './require-batch';

/**
 * Starts the real run of a batch whose dry run has finished, on the same stored file. Of concurrent
 * calls exactly one succeeds.
 * @throws AppError batch_not_found, batch_not_previewed, upload_gone
 */
export async function commitBatch(change: BatchChange): Promise<Batch> {
  const { ctx, batchId, caller, completion } = change;
  const seen = await requireBatch(change);
  if (seen.state !== 'previewed') throw new AppError('batch_not_previewed');
  const upload = requireUpload(seen);
  const committed = await commitChange({
    ctx,
    completion,
    change: async (session) => {
      const now = ctx.now();
      const next = await ctx.store.batches.reopen(
        batchId,
        'previewed',
        {
          actor: caller.actor,
          ip: caller.ip,
          requested_at: now,
          dry_run: false,
          run: seen.run + 1,
          position: upload.data,
          failures: 0,
          starts: 0,
          rows_read: 0,
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
          completed_at: null,
          enqueued_at: null,
        },
        session,
      );
      if (!next) throw new AppError('batch_not_previewed');
      await recordBatchChange({ ...change, action: 'batch.committed', session });
      return next;
    },
  });
  ctx.outbox.recorded('batches', batchId);
  return committed;
}
