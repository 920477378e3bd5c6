import { commitChange, type Completion } from '../idempotency/commit-change';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import type { Batch } from '../../store/batches';
import type { StoredUpload } from './store-upload';
import { requireStoredWithinLimit } from './upload-limits';
import { uploadExpiry } from './upload-expiry';

/**
 * Makes a stored file a batch: from here on it will be processed, whatever dies.
 * @throws AppError unavailable when the file has already been discarded, stored_uploads_exceeded
 */
export async function acceptCsv({
  ctx,
  stored: { batchId, ...inspected },
  dryRun,
  reason,
  completion,
}: {
  ctx: Context;
  stored: StoredUpload;
  dryRun: boolean;
  reason?: string | undefined;
  completion?: Completion<Batch> | undefined;
}): Promise<Batch> {
  const accepted = await commitChange({
    ctx,
    completion,
    change: async (session) => {
      const now = ctx.now();
      const change: Partial<Batch> = {
        state: 'queued',
        open: true,
        requested_at: now,
        dry_run: dryRun,
        reason: reason ?? null,
        position: inspected.data,
        upload: { file_id: batchId, ...inspected },
        upload_expires_at: uploadExpiry({ ctx, from: now }),
      };
      const batch = await ctx.store.batches.accept(batchId, change, session);
      if (!batch) throw new AppError('unavailable');
      await requireStoredWithinLimit({ ctx, companyId: batch.company_id, session });
      return batch;
    },
  });
  await ctx.reach('upload.accepted');
  ctx.outbox.recorded('batches', batchId);
  return accepted;
}
