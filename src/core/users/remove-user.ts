import { recordChange } from '../audit/record-change';
import type { Caller, Context } from '../../context';
import { AppError, invalid } from '../../errors';
import type { DashboardUser } from './session';

/**
 * Removes a user of the caller's company.
 * @throws AppError user_not_found; invalid_request for oneself, so that an admin always remains
 */
export async function removeUser({
  ctx,
  by,
  userId,
}: {
  ctx: Context;
  by: DashboardUser;
  userId: string;
}): Promise<void> {
  if (userId === by.user.user_id) throw invalid('user_id', 'must be somebody else');
  const { company_id: companyId } = by.company;
  await removeUserOf({ ctx, companyId, userId, caller: by.caller });
}

/**
 * Removes a user of a company, be it the last admin; all their sessions, and all links that they made or
 * that were made for them, end at once. Their email stays for five years, to name them in the
 * audit log.
 * @throws AppError user_not_found
 */
export async function removeUserOf({
  ctx,
  companyId,
  userId,
  caller,
}: {
  ctx: Context;
  companyId: string;
  userId: string;
  caller: Caller;
}): Promise<void> {
  await ctx.store.transaction(async (session) => {
    const removed = await ctx.store.accounts.deleteUser(companyId, userId, session);
    if (!removed) throw new AppError('user_not_found');
    const { _id, email } = removed;
    const former = { _id, company_id: companyId, email, removed_at: ctx.now() };
    await ctx.store.actorNames.keepFormerUser(former, session);
    await ctx.store.twoSteps.delete(userId, session);
    await ctx.store.sessions.deleteOf(userId, session);
    await ctx.store.invitations.deleteMadeBy(companyId, userId, session);
    await ctx.store.invitations.deleteResetsOf(companyId, userId, session);
    const action = 'user.removed';
    await recordChange({ ctx, session, companyId, action, caller, reason: userId });
  });
}
