import { z } from 'zod';
import { defineJob, KEEP } from './contract';

/** Proves that every balance equals the sum of its lines, and raises the low-balance flags. */
export const reconcileWallets = defineJob({
  kind: 'reconcile-wallets',
  queue: 'wallet',
  payload: z.object({}),
  attempts: 3,
  backoffMs: 5_000,
  timeoutMs: 10 * 60_000,
  everyMs: 5 * 60_000,
  ...KEEP,
});
