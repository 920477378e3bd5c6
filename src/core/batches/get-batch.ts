import { batchView, type BatchView } from './batch-view';
import { type BatchRef, requireBatch } from './require-batch';

/**
 * One batch of a company.
 * @throws AppError batch_not_found
 */
export async function getBatch(ref: BatchRef): Promise<BatchView> {
  return batchView(await requireBatch(ref), ref.ctx.now());
}
