import { z } from 'zod';
import { defineJob, KEEP } from './contract';

/** Runs one clean-up, step by step. */
export const cleanUp = defineJob({
  kind: 'clean-up',
  queue: 'data-cleanup',
  payload: z.object({ cleanup_id: z.string().min(1).max(100) }),
  outcomes: ['done', 'already_done', 'gone'],
  attempts: 8,
  backoffMs: 1_000,
  timeoutMs: 5 * 60_000,
  ...KEEP,
});
