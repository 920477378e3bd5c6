import type { Context } from '../../context';
import { errorForLog } from '../../telemetry/logger';
import { uploadLimit } from './upload-limits';

/**
 * Whether a worker may take a batch: its company has fewer files running than it may have, so that
 * it leaves workers to others. Two that ask at the same moment may both be told yes.
 */
export async function isItsTurn({
  ctx,
  batchId,
}: {
  ctx: Context;
  batchId: string;
}): Promise<boolean> {
  const { batches, companies } = ctx.store;
  const batch = await batches.find(batchId);
  if (!batch?.open) return true;
  const [company, running] = await Promise.all([
    companies.find(batch.company_id),
    batches.countRunning(batch.company_id, batchId),
  ]);
  return running < uploadLimit(company, 'running_files');
}

/**
 * Hands the company's next file to the queue, in case it has been postponed. Never throws: what is
 * missed here is enqueued again by the reconciler.
 */
export async function giveTurn({
  ctx,
  companyId,
}: {
  ctx: Context;
  companyId: string;
}): Promise<void> {
  try {
    const next = await ctx.store.batches.findWaiting(companyId);
    if (next !== null) ctx.outbox.recorded('batches', next);
  } catch (error) {
    ctx.log.warn({ error: errorForLog(error) }, 'next file not enqueued; the reconciler will');
  }
}
