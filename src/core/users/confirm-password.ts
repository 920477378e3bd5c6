import type { Context } from '../../context';
import { invalid } from '../../errors';
import { MINUTE_MS } from '../../lib/durations';
import type { DashboardUser } from './session';
import { FROM_SESSION } from './tries';
import { tryCandidates } from './try-password';

/** For so long after a sign-in, or after the password was given again, it is not asked for. */
const CONFIRMED_FOR_MS = 10 * MINUTE_MS;

/** Whether somebody gave their password so lately that they need not before what matters. */
export function isConfirmed({ ctx, by }: { ctx: Context; by: DashboardUser }): boolean {
  return ctx.now().getTime() - by.session.confirmed_at.getTime() < CONFIRMED_FOR_MS;
}

/**
 * Asks somebody who is signed in for their password once more. Tries count by themselves: nobody
 * from outside can use them up.
 * @throws AppError invalid_request naming `current_password`, too_many_requests
 */
export async function confirmPassword({
  ctx,
  by: { user, caller, session },
  password,
}: {
  ctx: Context;
  by: DashboardUser;
  password: string;
}): Promise<void> {
  const found = await ctx.store.accounts.findUser(user.company_id, user.user_id);
  const place = { account: user.user_id, from: FROM_SESSION };
  const candidates = [{ user: found, place }];
  const ip = caller.ip ?? '';
  const right = await tryCandidates({ ctx, candidates, password, ip, now: ctx.now() });
  if (right.length === 0) throw invalid('current_password', 'is not your password');
  await ctx.store.sessions.confirm(session.session_id, ctx.now());
}
