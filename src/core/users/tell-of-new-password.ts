import type { Context } from '../../context';
import type { Session } from '../../store';
import { requireCompany } from '../companies/require-company';
import { newPassword } from '../messages/letters';
import { recordNotice } from '../messages/record-notice';
import { isRead } from '../messages/sender';

/** Tells a user by mail that their password was changed, in the transaction of that. */
export async function tellOfNewPassword({
  ctx,
  session,
  companyId,
  userId,
  ip,
}: {
  ctx: Context;
  session: Session;
  companyId: string;
  userId: string;
  ip: string | null;
}): Promise<void> {
  if (!isRead(ctx.config, 'email')) return;
  const user = await ctx.store.accounts.findUser(companyId, userId, session);
  if (!user) return;
  const { name } = await requireCompany({ ctx, companyId, session });
  const occasion = { at: ctx.now(), ip, timeZone: user.time_zone };
  const letter = newPassword(name, user.email, occasion);
  await recordNotice({ ctx, session, user, letter });
}
