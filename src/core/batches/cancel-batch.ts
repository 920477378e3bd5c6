import { commitChange } from '../idempotency/commit-change';
import { AppError } from '../../errors';
import type { Session } from '../../store';
import type { Batch, BatchState } from '../../store/batches';
import { kindOf, REFUSALS } from './batch-kind';
import { type BatchChange, recordBatchChange } from './record-batch-change';
import { requireBatch } from './require-batch';
import { expiryAtEnd } from './upload-expiry';

const RUNNING: BatchState[] = ['queued', 'parsing', 'revoking', 'answering', 'recording'];

/**
 * Stops a batch. What is revoked stays revoked, and still gets its audit entries; what was reserved for
 * rows that are not answered is released as its worker notices. Cancelling it again changes nothing.
 * @throws AppError batch_not_found; batch_finished when it is too late, as it always is for a list
 * without a file; the same of a scrub
 */
export async function cancelBatch(change: BatchChange): Promise<Batch> {
  const seen = await requireBatch(change);
  // All its flags were set before the caller was told its id.
  if (seen.method === 'bulk' && !seen.upload) throw new AppError('batch_finished');
  return commitChange({
    ctx: change.ctx,
    completion: change.completion,
    change: async (session) => {
      const stopped = await stop(change, seen, session);
      if (stopped) {
        await recordBatchChange({ ...change, change: 'cancelled', batch: stopped, session });
        return stopped;
      }
      const now = await change.ctx.store.batches.find(change.batchId, session);
      if (now?.state !== 'cancelled') throw new AppError(REFUSALS[kindOf(seen)].finished);
      return now;
    },
  });
}

async function stop(
  { ctx, batchId }: BatchChange,
  seen: Batch,
  session: Session,
): Promise<Batch | null> {
  const { batches } = ctx.store;
  const state = 'cancelled';
  const running = await batches.move(batchId, RUNNING, { state }, session);
  if (running) return running;
  // No worker has a finished dry run, so it ends at once.
  const now = ctx.now();
  const upload_expires_at = expiryAtEnd(seen, state, now);
  const ended = { state, completed_at: now, upload_expires_at } as const;
  return batches.move(batchId, ['previewed'], ended, session);
}
