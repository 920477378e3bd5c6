import { z } from 'zod';
import { defineJob, KEEP } from './contract';

/** Finishes a revocation whose flags are set: audit entries, then `completed`. */
export const followUpRevocation = defineJob({
  kind: 'follow-up-revocation',
  queue: 'opt-outs',
  payload: z.object({ revocation_id: z.string().min(1).max(100) }),
  outcomes: ['done', 'already_done', 'void', 'gone'],
  attempts: 8,
  backoffMs: 500,
  timeoutMs: 60_000,
  ...KEEP,
});
