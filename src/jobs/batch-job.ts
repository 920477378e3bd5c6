import { z } from 'zod';
import { KEEP } from './contract';

/** What the jobs have in common that work through an uploaded file, from its last checkpoint on. */
export const BATCH_JOB = {
  payload: z.object({ batch_id: z.string().min(1).max(100) }),
  outcomes: [
    ...(['completed', 'previewed', 'cancelled', 'failed'] as const),
    ...(['taken_over', 'already_done', 'postponed'] as const),
  ],
  attempts: 8,
  backoffMs: 500,
  timeoutMs: 6 * 60 * 60_000,
  ...KEEP,
};
