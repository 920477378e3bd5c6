import { z } from 'zod';
import { defineJob, KEEP } from './contract';

/** Finishes a revocation of consents: debits its fee, then `completed`. */
export const followUpConsent = defineJob({
  kind: 'follow-up-consent',
  queue: 'opt-outs',
  payload: z.object({
    region: z.enum(['default', 'us']),
    revocation_id: z.string().min(1).max(100),
  }),
  outcomes: ['done', 'already_done', 'gone'],
  attempts: 8,
  backoffMs: 500,
  timeoutMs: 60_000,
  ...KEEP,
});
