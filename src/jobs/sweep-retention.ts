import { z } from 'zod';
import { defineJob, KEEP } from './contract';

/** Finds what law or policy says is due for removal, and hands it to `clean-up`. */
export const sweepRetention = defineJob({
  kind: 'sweep-retention',
  queue: 'retention',
  payload: z.object({}),
  outcomes: ['done', 'nothing_due', 'under_way'],
  attempts: 3,
  backoffMs: 5_000,
  timeoutMs: 60 * 60_000,
  everyMs: 10 * 60_000,
  ...KEEP,
});
