import type { Context } from '../../context';
import type { UserView } from './add-user';
import { requireCompany } from '../companies/require-company';

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
  return users.map(({ _id, email, role, created_at }) => ({
    user_id: _id,
    email,
    role,
    created_at: created_at.toISOString(),
  }));
}
