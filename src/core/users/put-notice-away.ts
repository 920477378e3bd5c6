import type { Context } from '../../context';
import type { DashboardUser } from './session';

/** Puts away the notice of wrong passwords, once its person has seen it. */
export async function putNoticeAway({
  ctx,
  by,
}: {
  ctx: Context;
  by: DashboardUser;
}): Promise<void> {
  await ctx.store.accounts.setPasswordNotice(by.user.user_id, null);
}
