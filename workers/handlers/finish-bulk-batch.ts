import { finishBulkBatch as finish } from '../../src/core/batches/list/finish-bulk-batch';
import type { Handler } from '../handler';

/** Writes what is still missing of a bulk revocation. */
export const finishBulkBatch: Handler<'finish-bulk-batch'> = ({ ctx, payload }) =>
  finish({ ctx, batchId: payload.batch_id });
