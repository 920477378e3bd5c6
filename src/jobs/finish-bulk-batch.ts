import { z } from 'zod';
import { defineJob, KEEP } from './contract';

/** Finishes a bulk revocation whose flags are set: audit entries, then `completed`. */
export const finishBulkBatch = defineJob({
  kind: 'finish-bulk-batch',
  queue: 'bulk-revocations',
  payload: z.object({ batch_id: z.string().min(1).max(100) }),
  outcomes: ['completed', 'cancelled', 'already_done', 'gone'],
  attempts: 8,
  backoffMs: 500,
  timeoutMs: 60_000,
  ...KEEP,
});
