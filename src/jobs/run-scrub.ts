import { z } from 'zod';
import { defineJob, KEEP } from './contract';

/** Previews a file of contacts, or answers its rows, from the last checkpoint on. */
export const runScrub = defineJob({
  kind: 'run-scrub',
  queue: 'scrubs',
  payload: z.object({ batch_id: z.string().min(1).max(100) }),
  outcomes: [
    ...(['completed', 'previewed', 'cancelled', 'failed'] as const),
    ...(['taken_over', 'already_done', 'postponed'] as const),
  ],
  attempts: 8,
  backoffMs: 500,
  timeoutMs: 6 * 60 * 60_000,
  ...KEEP,
});
