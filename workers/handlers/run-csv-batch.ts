import { runCsvBatch as run } from '../../src/core/batches/run-csv-batch';
import type { Handler } from '../handler';

/** Works one uploaded file off. */
export const runCsvBatch: Handler<'run-csv-batch'> = ({ ctx, payload, signal }) =>
  run({ ctx, batchId: payload.batch_id, signal });
