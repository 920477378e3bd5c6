import { z } from 'zod';
import { defineJob, KEEP } from './contract';

/** Makes the missing wallet statements of every UTC day that has ended. */
export const makeStatements = defineJob({
  kind: 'make-statements',
  queue: 'wallet',
  payload: z.object({}),
  outcomes: ['done', 'already_done'],
  attempts: 3,
  backoffMs: 30_000,
  timeoutMs: 30 * 60_000,
  everyMs: 60 * 60_000,
  ...KEEP,
});
