import type { Context } from '../../context';
import { requireCompany } from '../companies/require-company';
import { whoHasTwoStep } from '../two-step/get-two-step';
import { userView, type UserView } from './user-view';

/**
 * The dashboard users of a company, oldest first, at most 1,000.
 * @throws AppError company_not_found
 */
export async function listUsers({
  ctx,
  companyId,
}: {
  ctx: Context;
  companyId: string;
}): Promise<UserView[]> {
  await requireCompany({ ctx, companyId });
  const users = await ctx.store.accounts.listUsers(companyId);
  const withTwoStep = await whoHasTwoStep({ ctx, accounts: users.map(({ _id }) => _id) });
  return users.map((user) => userView(user, withTwoStep.has(user._id)));
}
