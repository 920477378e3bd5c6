import type { Context } from '../../context';

const DAY_MS = 24 * 3_600_000;

/** When what a batch names of people goes: its file, and the list of rows that were not revoked. */
export function uploadExpiry({ config }: Context, from: Date): Date {
  return new Date(from.getTime() + config.uploadDays * DAY_MS);
}
