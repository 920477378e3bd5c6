import type { Context } from '../../context';

const DAY_MS = 24 * 3_600_000;

/** When what a batch names of people goes: its file, and the list of rows that were not revoked. */
export function uploadExpiry({ ctx, from }: { ctx: Context; from: Date }): Date {
  const { config } = ctx;
  return new Date(from.getTime() + config.uploadDays * DAY_MS);
}
