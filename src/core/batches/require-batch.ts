import type { Context } from '../../context';
import { AppError } from '../../errors';
import type { Batch, Upload } from '../../store/batches';

/** A batch, and the company that it must belong to. */
export interface BatchRef {
  ctx: Context;
  companyId: string;
  batchId: string;
}

/**
 * A batch of a company.
 * @throws AppError batch_not_found
 */
export async function requireBatch({ ctx, companyId, batchId }: BatchRef): Promise<Batch> {
  const batch = await ctx.store.batches.findOf(companyId, batchId);
  if (!batch) throw new AppError('batch_not_found');
  return batch;
}

/**
 * The stored file of a batch.
 * @throws AppError upload_gone when it has been deleted
 */
export function requireUpload({ upload, upload_expires_at }: Batch): Upload {
  if (!upload || !upload_expires_at) throw new AppError('upload_gone');
  return upload;
}
