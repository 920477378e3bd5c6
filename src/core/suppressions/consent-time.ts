import type { Context } from '../../context';
import { invalid } from '../../errors';
import { MINUTE_MS } from '../../lib/durations';

/** Clocks differ a little; consent cannot be given later than it is registered. */
const MAX_AHEAD_MS = 5 * MINUTE_MS;

/** @throws AppError invalid_request naming `field` when the time lies more than five minutes ahead */
export function assertNotAhead({
  ctx,
  givenAt,
  field,
}: {
  ctx: Context;
  givenAt: Date | undefined;
  field: string;
}): void {
  if (givenAt === undefined || givenAt.getTime() <= ctx.now().getTime() + MAX_AHEAD_MS) return;
  throw invalid(field, 'must not lie more than 5 minutes ahead');
}

/**
 * The time that opt-outs are compared with: when the oldest consent was given, no later than it was
 * registered.
 */
export function consentTime(registeredAt: Date, given: (Date | undefined)[]): Date {
  const times = given.flatMap((at) => at?.getTime() ?? []);
  return new Date(Math.min(registeredAt.getTime(), ...times));
}
