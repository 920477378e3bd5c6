import { recordChange } from '../audit/record-change';
import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import type { User } from '../../store/accounts';

/**
 * Gives a user of a company another role, from their next click on; links that a former admin made open
 * nothing any more. The same role again changes nothing.
 * @throws AppError user_not_found
 */
export async function changeRole({
  ctx,
  companyId,
  userId,
  role,
  caller,
}: {
  ctx: Context;
  companyId: string;
  userId: string;
  role: User['role'];
  caller: Caller;
}): Promise<void> {
  await ctx.store.transaction(async (session) => {
    const before = await ctx.store.accounts.setRole(companyId, userId, role, session);
    if (!before) throw new AppError('user_not_found');
    if (before.role === role) return;
    const action = `user.made_${role}` as const;
    await recordChange({ ctx, session, companyId, action, caller, reason: userId });
  });
}
