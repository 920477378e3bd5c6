import { BATCH_JOB } from './batch-job';
import { defineJob } from './contract';

/** Previews a file of contacts, or answers its rows, from the last checkpoint on. */
export const runScrub = defineJob({
  kind: 'run-scrub',
  queue: 'scrubs',
  ...BATCH_JOB,
});
