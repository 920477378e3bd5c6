import { z } from 'zod';
import { defineJob, KEEP } from './contract';

/** Delivers what is due to one endpoint, for a while. */
export const deliverWebhooks = defineJob({
  kind: 'deliver-webhooks',
  queue: 'webhooks',
  payload: z.object({ endpoint_id: z.string().min(1).max(100) }),
  // `more`: its turn is over, and something is still due · `under_way`: another process is at it.
  outcomes: ['done', 'more', 'under_way', 'disabled', 'gone'],
  // What is due is found again every second.
  attempts: 2,
  backoffMs: 1_000,
  timeoutMs: 2 * 60_000,
  ...KEEP,
});
