import { BATCH_JOB } from './batch-job';
import { defineJob } from './contract';

/** Revokes what an uploaded file names, or previews it, from the last checkpoint on. */
export const runCsvBatch = defineJob({
  kind: 'run-csv-batch',
  queue: 'csv-revocations',
  ...BATCH_JOB,
});
