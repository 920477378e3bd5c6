import { recordChange } from '../audit/record-change';
import { hashPassword } from './password-hash';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { confirmPassword } from './confirm-password';
import { assertHardToGuess } from './password-rules';
import { type DashboardUser, openSession } from './session';
import { tellOfNewPassword } from './tell-of-new-password';

/**
 * Changes the signed-in user's password, ends all their sessions, and withdraws the links by which
 * it could be replaced.
 * @returns the secret of a new session for them
 * @throws AppError invalid_request naming `current_password` or `password`, too_many_requests,
 *   user_not_found
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
  /** Of an allowed length. */
  next: string;
}): Promise<string> {
  const { user, caller } = by;
  const { company_id: companyId, user_id: userId } = user;
  await confirmPassword({ ctx, by, password: current });
  assertHardToGuess({ password: next, email: user.email });
  const hash = await hashPassword(next);
  return ctx.store.transaction(async (session) => {
    const changed = await ctx.store.accounts.setPassword(companyId, userId, hash, session);
    if (!changed) throw new AppError('user_not_found');
    await ctx.store.accounts.setPasswordNotice(userId, null, session);
    await ctx.store.invitations.deleteResetsOf(companyId, userId, session);
    await ctx.store.sessions.deleteOf(userId, session);
    const action = 'user.password_changed';
    await recordChange({ ctx, session, companyId, action, caller });
    await tellOfNewPassword({ ctx, session, companyId, userId, ip: caller.ip });
    const from = { ip: caller.ip ?? '', userAgent: by.session.user_agent };
    return openSession({ ctx, companyId, userId, from, transaction: session });
  });
}
