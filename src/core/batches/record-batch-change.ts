import { recordChange } from '../audit/record-change';
import type { Completion } from '../idempotency/commit-change';
import type { Caller } from '../../context';
import type { Session } from '../../store';
import type { Batch } from '../../store/batches';
import type { BatchRef } from './require-batch';

/** A change to a batch, and who makes it. */
export interface BatchChange extends BatchRef {
  caller: Caller;
  completion?: Completion<Batch> | undefined;
}

/** Writes to the audit who committed, cancelled or resumed a batch. */
export async function recordBatchChange({
  ctx,
  companyId,
  batchId,
  caller,
  action,
  session,
}: BatchChange & {
  action: 'batch.committed' | 'batch.cancelled' | 'batch.resumed';
  session: Session;
}): Promise<void> {
  await recordChange({ ctx, session, companyId, action, caller, reason: batchId });
}
