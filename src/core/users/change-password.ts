import { recordChange } from '../audit/record-change';
import { hashPassword } from './password-hash';
import type { Context } from '../../context';
import { AppError, invalid } from '../../errors';
import { type DashboardUser, openSession } from './session';
import { tryPassword } from './try-password';

/**
 * Changes one's own password and ends every session of the user.
 * @returns the secret of a new session for whoever changed it
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
  /** Has been checked to be one that may be chosen. */
  next: string;
}): Promise<string> {
  const { user, caller } = by;
  const companyId = user.company_id;
  const known = await tryPassword({
    ctx,
    email: user.email,
    password: current,
    ip: caller.ip ?? '',
  });
  if (!known) throw invalid('current_password', 'is not your password');
  const hash = await hashPassword(next);
  return ctx.store.transaction(async (session) => {
    const changed = await ctx.store.accounts.setPassword(companyId, user._id, hash, session);
    if (!changed) throw new AppError('user_not_found');
    await ctx.store.sessions.deleteOfUser(user._id, session);
    const action = 'user.password_changed';
    await recordChange({ ctx, session, companyId, action, caller });
    return openSession({ ctx, user, transaction: session });
  });
}
