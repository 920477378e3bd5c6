import { runCsvBatch as run } from '../../src/core/batches/run-csv-batch';
import type { Handler } from '../handler';

/** Processes one uploaded file. */
export const runCsvBatch: Handler<'run-csv-batch'> = ({ ctx, payload, signal }) =>
  run({ ctx, batchId: payload.batch_id, signal });
