import type { Context } from '../../context';
import { AppError } from '../../errors';
import type { Batch, Upload } from '../../store/batches';
import { type BatchKind, kindOf, REFUSALS } from './batch-kind';

/** A batch, and the company that it must belong to. */
export interface BatchRef {
  ctx: Context;
  companyId: string;
  batchId: string;
  /** Of which kind it must be; default: `revocations`. */
  kind?: BatchKind | 'any' | undefined;
}

/**
 * A batch of a company.
 * @throws AppError batch_not_found, or scrub_not_found
 */
export async function requireBatch({
  ctx,
  companyId,
  batchId,
  kind = 'revocations',
}: BatchRef): Promise<Batch> {
  const batch = await ctx.store.batches.findOf(companyId, batchId);
  const isMeant = batch && (kind === 'any' || kindOf(batch) === kind);
  if (!isMeant) throw new AppError(REFUSALS[kind === 'any' ? 'revocations' : kind].notFound);
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
