import { z } from 'zod';
import { defineJob, KEEP } from './contract';
import { manyRevocations, oneRevocation } from './revocation-ids';

const region = z.enum(['default', 'us']);

/** Finishes revocations of consents, all of a region: debits their fees, then `completed`. */
export const followUpConsent = defineJob({
  kind: 'follow-up-consent',
  queue: 'opt-outs',
  payload: z.union([oneRevocation.extend({ region }), manyRevocations.extend({ region })]),
  // `split`: some failed, and have jobs of their own now.
  outcomes: ['done', 'already_done', 'gone', 'split'],
  attempts: 8,
  backoffMs: 500,
  timeoutMs: 60_000,
  ...KEEP,
});
