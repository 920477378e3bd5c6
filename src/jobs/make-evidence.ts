import { z } from 'zod';
import { defineJob, KEEP } from './contract';

/** Makes the file of all that proves a certificate. */
export const makeEvidence = defineJob({
  kind: 'make-evidence',
  queue: 'audit',
  payload: z.object({ evidence_id: z.string().min(1) }),
  outcomes: ['done', 'already_done', 'gone', 'overtaken'],
  attempts: 8,
  backoffMs: 1_000,
  timeoutMs: 30 * 60_000,
  ...KEEP,
});
