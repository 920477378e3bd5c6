import { z } from 'zod';
import { defineJob, KEEP } from './contract';

/** Works an uploaded file off, or previews it; goes on where the one before stopped. */
export const runCsvBatch = defineJob({
  kind: 'run-csv-batch',
  queue: 'csv-revocations',
  payload: z.object({ batch_id: z.string().min(1).max(100) }),
  attempts: 8,
  backoffMs: 500,
  timeoutMs: 6 * 60 * 60_000,
  ...KEEP,
});
