import { z } from 'zod';
import { defineJob, KEEP } from './contract';

/** Makes the wallet statements of every UTC day that is over; does nothing where they exist. */
export const makeStatements = defineJob({
  kind: 'make-statements',
  queue: 'wallet',
  payload: z.object({}),
  attempts: 3,
  backoffMs: 30_000,
  timeoutMs: 30 * 60_000,
  everyMs: 60 * 60_000,
  ...KEEP,
});
