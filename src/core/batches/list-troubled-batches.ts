import type { Context } from '../../context';
import type { Batch } from '../../store/batches';
import type { BatchView } from './batch-view';

const STUCK_AFTER_MS = 5 * 60_000;
const MAX = 100;

/** A batch that somebody should look at. */
export interface TroubledBatch extends Pick<
  BatchView,
  'batch_id' | 'method' | 'state' | 'rows_read' | 'error' | 'created_at'
> {
  company_id: string;
  /** It has failed, and its file is still there. */
  resumable: boolean;
}

/** Batches of all companies: failed ones, and open ones that no worker has held for 5 minutes. */
export async function listTroubledBatches({
  ctx,
  now = ctx.now(),
}: {
  ctx: Context;
  now?: Date;
}): Promise<{ failed: TroubledBatch[]; stuck: TroubledBatch[] }> {
  const before = new Date(now.getTime() - STUCK_AFTER_MS);
  const [failed, stuck] = await Promise.all([
    ctx.store.troubledBatches.findFailed(MAX),
    ctx.store.troubledBatches.findStuck(before, MAX),
  ]);
  return { failed: failed.map(troubledBatch), stuck: stuck.map(troubledBatch) };
}

function troubledBatch(batch: Batch): TroubledBatch {
  const { _id, company_id, method, state, rows_read, error, created_at } = batch;
  const hasFile = batch.upload !== null && batch.upload_expires_at !== null;
  const resumable = state === 'failed' && !batch.open && hasFile;
  return { batch_id: _id, company_id, method, state, rows_read, error, created_at, resumable };
}
