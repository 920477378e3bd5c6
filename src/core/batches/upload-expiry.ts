import type { Context } from '../../context';
import { DAY_MS } from '../../lib/durations';

/** When the personal data of a batch is due for removal: its file, and its errors. */
export function uploadExpiry({ ctx, from }: { ctx: Context; from: Date }): Date {
  const { config } = ctx;
  return new Date(from.getTime() + config.uploadDays * DAY_MS);
}
