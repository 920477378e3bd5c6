import { AppError } from '../../../errors';
import { resultFileId } from '../../../store/batch-scrub';
import { type BatchRef, requireBatch, requireUpload } from '../require-batch';

/**
 * The result of a scrub that has ended: the file with the answers, as far as it has been answered.
 * @returns starts reading, a chunk at a time
 * @throws AppError scrub_not_found; scrub_unanswered; upload_gone
 */
export async function resultCsv(
  ref: BatchRef,
): Promise<{ bytes: number; read: () => AsyncIterable<Buffer> }> {
  const batch = await requireBatch({ ...ref, kind: 'scrubs' });
  const { _id, open, scrub } = batch;
  const bytes = scrub?.result_bytes ?? 0;
  if (open || bytes === 0) throw new AppError('scrub_unanswered');
  requireUpload(batch);
  return { bytes, read: () => ref.ctx.store.uploads.read(resultFileId(_id), bytes) };
}
