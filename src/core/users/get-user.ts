import type { Context } from '../../context';
import { AppError } from '../../errors';
import { getTwoStep } from '../two-step/get-two-step';
import { userView, type UserView } from './user-view';

/**
 * One dashboard user of a company.
 * @throws AppError user_not_found, also for another company's
 */
export async function getUser({
  ctx,
  companyId,
  userId,
}: {
  ctx: Context;
  companyId: string;
  userId: string;
}): Promise<UserView> {
  const user = await ctx.store.accounts.findUser(companyId, userId);
  if (!user) throw new AppError('user_not_found');
  return userView(user, (await getTwoStep({ ctx, account: userId })) !== null);
}
