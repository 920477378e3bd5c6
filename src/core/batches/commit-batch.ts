import { commitChange } from '../idempotency/commit-change';
import { AppError } from '../../errors';
import type { Batch } from '../../store/batches';
import { kindOf, REFUSALS } from './batch-kind';
import { type BatchChange, recordBatchChange } from './record-batch-change';
import { requireBatch, requireUpload } from './require-batch';
import { reserveRows } from './scrub/row-money';
import { uploadExpiry } from './upload-expiry';

/**
 * Starts the real run of a batch whose dry run has finished, on the same stored file. Of concurrent
 * calls exactly one succeeds. For the rows of a scrub their price is reserved.
 * @throws AppError batch_not_found, batch_not_previewed, upload_gone; the same of a scrub;
 * insufficient_balance, whereupon it can be committed again later
 */
export async function commitBatch(change: BatchChange): Promise<Batch> {
  const { ctx, batchId, caller, completion } = change;
  const seen = await requireBatch(change);
  const { notPreviewed } = REFUSALS[kindOf(seen)];
  if (seen.state !== 'previewed') throw new AppError(notPreviewed);
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
          partial_rows: 0,
          unread_channels: 0,
          remembered: 0,
          certificates_revoked: 0,
          certificates_recorded: 0,
          rows_per_second: null,
          completed_at: null,
          enqueued_at: null,
          ...(seen.scrub && { upload_expires_at: uploadExpiry({ ctx, from: now }) }),
          ...(await reserveRows({ ctx, batch: { ...seen, dry_run: false }, session })),
        },
        session,
      );
      if (!next) throw new AppError(notPreviewed);
      await recordBatchChange({ ...change, change: 'committed', batch: next, session });
      return next;
    },
  });
  ctx.outbox.recorded('batches', batchId);
  return committed;
}
