import { recordChange } from '../audit/record-change';
import { hashPassword } from './password-hash';
import type { Context } from '../../context';
import { AppError, invalid } from '../../errors';
import { type DashboardUser, openSession } from './session';
import { tryPassword } from './try-password';

/**
 * Changes the signed-in user's password and ends all their sessions.
 * @returns the secret of a new session for them
 * @throws AppError invalid_request naming `current_password`, too_many_requests, user_not_found
 */
export async function changePassword({
  ctx,
  by,
  current,
  next,
}: {
  ctx: Context;
  by: DashboardUser;
  current: string;
  /** Already validated. */
  next: string;
}): Promise<string> {
  const { user, caller } = by;
  const { company_id: companyId, user_id: userId } = user;
  const known = await tryPassword({
    ctx,
    email: user.email,
    password: current,
    ip: caller.ip ?? '',
  });
  if (!known) throw invalid('current_password', 'is not your password');
  const hash = await hashPassword(next);
  return ctx.store.transaction(async (session) => {
    const changed = await ctx.store.accounts.setPassword(companyId, userId, hash, session);
    if (!changed) throw new AppError('user_not_found');
    await ctx.store.sessions.deleteOfUser(userId, session);
    const action = 'user.password_changed';
    await recordChange({ ctx, session, companyId, action, caller });
    return openSession({ ctx, companyId, userId, transaction: session });
  });
}
