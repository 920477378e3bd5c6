import type { Context } from '../../context';
import { DAY_MS, HOUR_MS } from '../../lib/durations';
import type { Batch } from '../../store/batches';

/** What is over without having been carried out is kept for a look at its errors, or a resumption. */
const KEPT_MS = { cancelled: HOUR_MS, failed: DAY_MS } as const;

/** When the personal data of a batch is due for removal: its file, and its errors. */
export function uploadExpiry({ ctx, from }: { ctx: Context; from: Date }): Date {
  const { config } = ctx;
  return new Date(from.getTime() + config.uploadDays * DAY_MS);
}

/** When that of a batch is which ends in this state: sooner, if it was cancelled or has failed. */
export function expiryAtEnd(
  { upload_expires_at: due }: Pick<Batch, 'upload_expires_at'>,
  state: Batch['state'],
  now: Date,
): Date | null {
  if (!due || (state !== 'cancelled' && state !== 'failed')) return due;
  return new Date(Math.min(due.getTime(), now.getTime() + KEPT_MS[state]));
}
