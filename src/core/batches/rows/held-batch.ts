import type { Context } from '../../../context';
import type { Session } from '../../../store';
import type { Batch } from '../../../store/batches';

/** A batch whose lease this process holds. */
export interface HeldBatch {
  /** As of the last progress. */
  batch: Batch;
  /**
   * Writes progress and extends the lease, even if the batch has changed its state in between.
   * @throws LeaseLost
   */
  progress: (
    change: Omit<Parameters<Context['store']['batches']['progress']>[2], 'leaseMs'>,
    session?: Session,
  ) => Promise<Batch>;
  release: () => Promise<void>;
}
