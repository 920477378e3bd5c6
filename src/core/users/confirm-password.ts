import type { Context } from '../../context';
import { invalid } from '../../errors';
import type { DashboardUser } from './session';
import { FROM_SESSION } from '../accounts/tries';
import { tryCandidates } from './try-password';

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
