import { z } from 'zod';
import { defineJob, KEEP } from './contract';

/** Sends a mail, or shows it on a machine for development, unless it has expired or what it tells is no longer so. */
export const sendMail = defineJob({
  kind: 'send-mail',
  queue: 'mail',
  payload: z.object({ mail_id: z.string().min(1).max(100) }),
  outcomes: ['sent', 'shown', 'passed_on', 'refused', 'not_wanted', 'expired', 'gone'],
  // About a quarter of an hour; then the reconciler enqueues it again, until it expires.
  attempts: 10,
  backoffMs: 2_000,
  timeoutMs: 60_000,
  ...KEEP,
});
