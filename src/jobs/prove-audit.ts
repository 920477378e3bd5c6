import { z } from 'zod';
import { defineJob, KEEP } from './contract';

/** Proves that each certificate revoked of late is named in exactly one audit entry. */
export const proveAudit = defineJob({
  kind: 'prove-audit',
  queue: 'audit',
  payload: z.object({}),
  attempts: 3,
  backoffMs: 5_000,
  timeoutMs: 10 * 60_000,
  everyMs: 10 * 60_000,
  ...KEEP,
});
