import { recordChange } from '../audit/record-change';
import type { Completion } from '../idempotency/commit-change';
import type { Caller } from '../../context';
import type { Session } from '../../store';
import type { Batch } from '../../store/batches';
import type { BatchRef } from './require-batch';

/** A change to a batch, and who makes it. */
export interface BatchChange extends BatchRef {
  caller: Caller;
  /** Why, where somebody said so. */
  why?: string | undefined;
  completion?: Completion<Batch> | undefined;
}

/** Writes to the audit who committed, cancelled or resumed a batch. */
export async function recordBatchChange({
  ctx,
  companyId,
  batchId,
  caller,
  why,
  change,
  batch,
  session,
}: BatchChange & {
  change: 'committed' | 'cancelled' | 'resumed';
  batch: Batch;
  session: Session;
}): Promise<void> {
  const reason = why === undefined ? batchId : `${batchId}: ${why}`;
  const action = `${batch.kind === 'scrubs' ? 'scrub' : 'batch'}.${change}` as const;
  await recordChange({ ctx, session, companyId, action, caller, reason });
}
