import { z } from 'zod';
import { defineJob, KEEP } from './contract';

/** No job carries more. */
export const MAX_EVENTS_PER_JOB = 500;

/** Makes the deliveries of events of a region, for each endpoint that is to get them. */
export const fanOutEvents = defineJob({
  kind: 'fan-out-events',
  queue: 'webhooks',
  payload: z.object({
    region: z.enum(['default', 'us']),
    event_ids: z.array(z.string().min(1).max(100)).min(1).max(MAX_EVENTS_PER_JOB),
  }),
  outcomes: ['done', 'already_done'],
  attempts: 8,
  backoffMs: 500,
  timeoutMs: 60_000,
  ...KEEP,
});
