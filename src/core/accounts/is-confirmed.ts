import type { Context } from '../../context';
import { MINUTE_MS } from '../../lib/durations';

/** For so long after a sign-in, or after the password was given again, it is not asked for. */
const CONFIRMED_FOR_MS = 10 * MINUTE_MS;

/** Whether somebody gave their password so lately that they need not before what matters. */
export function isConfirmed({
  ctx,
  session: { confirmed_at },
}: {
  ctx: Context;
  session: { confirmed_at: Date };
}): boolean {
  return ctx.now().getTime() - confirmed_at.getTime() < CONFIRMED_FOR_MS;
}
