import { z } from 'zod';
import { defineJob, KEEP } from './contract';
import { manyRevocations, oneRevocation } from './revocation-ids';

/** Finishes revocations whose flags are set: `completed`, and any audit entry that is missing. */
export const followUpRevocation = defineJob({
  kind: 'follow-up-revocation',
  queue: 'opt-outs',
  payload: z.union([oneRevocation, manyRevocations]),
  // `split`: some failed, and have jobs of their own now.
  outcomes: ['done', 'already_done', 'void', 'gone', 'split'],
  attempts: 8,
  backoffMs: 500,
  timeoutMs: 60_000,
  ...KEEP,
});
