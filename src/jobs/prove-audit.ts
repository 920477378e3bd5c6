import { z } from 'zod';
import { defineJob, KEEP } from './contract';

/** Proves that each certificate revoked recently is named in exactly one audit entry. */
export const proveAudit = defineJob({
  kind: 'prove-audit',
  queue: 'audit',
  payload: z.object({}),
  outcomes: ['done', 'repaired', 'gaps_left'],
  attempts: 3,
  backoffMs: 5_000,
  timeoutMs: 10 * 60_000,
  everyMs: 10 * 60_000,
  ...KEEP,
});
