import type { Context } from '../../context';
import { isRead } from './sender';

/** The oldest of a company with more. */
const MAX_TOLD = 100;

/** A company's admins who are to have a notice; none where mails are not read. */
export async function adminsToTell({ ctx, companyId }: { ctx: Context; companyId: string }) {
  if (!isRead(ctx.config, 'email')) return [];
  const users = await ctx.store.accounts.listUsers(companyId);
  return users.filter(({ role }) => role === 'admin').slice(0, MAX_TOLD);
}
