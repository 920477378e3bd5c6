import { z } from 'zod';
import { defineJob, KEEP } from './contract';

/** Proves that every balance equals the sum of its lines, and flags low balances. */
export const reconcileWallets = defineJob({
  kind: 'reconcile-wallets',
  queue: 'wallet',
  payload: z.object({}),
  outcomes: ['done', 'drifting', 'under_way'],
  attempts: 3,
  backoffMs: 5_000,
  timeoutMs: 10 * 60_000,
  everyMs: 5 * 60_000,
  ...KEEP,
});
