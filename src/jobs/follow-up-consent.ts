import { z } from 'zod';
import { defineJob, KEEP } from './contract';

/** Finishes a revocation of consents: its fee is debited, and it is completed. */
export const followUpConsent = defineJob({
  kind: 'follow-up-consent',
  queue: 'opt-outs',
  payload: z.object({
    region: z.enum(['default', 'us']),
    revocation_id: z.string().min(1).max(100),
  }),
  attempts: 8,
  backoffMs: 500,
  timeoutMs: 60_000,
  ...KEEP,
});
