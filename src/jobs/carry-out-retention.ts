import { z } from 'zod';
import { defineJob, KEEP } from './contract';

/** Keeps a recording or certificate, debits the reserved fee and writes the audit entry. */
export const carryOutRetention = defineJob({
  kind: 'carry-out-retention',
  queue: 'retention',
  payload: z.object({ job_ref: z.string().min(1).max(100) }),
  outcomes: ['done', 'already_done', 'gone'],
  attempts: 8,
  backoffMs: 500,
  timeoutMs: 30_000,
  ...KEEP,
});
