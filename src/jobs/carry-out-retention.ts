import { z } from 'zod';
import { defineJob, KEEP } from './contract';

/** Keeps a recording or certificate as paid for, debits the reserved fee, writes the audit. */
export const carryOutRetention = defineJob({
  kind: 'carry-out-retention',
  queue: 'retention',
  payload: z.object({ job_ref: z.string().min(1).max(100) }),
  attempts: 8,
  backoffMs: 500,
  timeoutMs: 30_000,
  ...KEEP,
});
