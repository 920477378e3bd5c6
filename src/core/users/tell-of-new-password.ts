import type { Context } from '../../context';
import type { Session } from '../../store';
import { tellByMail } from '../accounts/tell-by-mail';
import { newPassword, twoStepOff } from '../messages/letters';
import { isRead } from '../messages/sender';
import { userAccount } from './user-account';

interface Change {
  ctx: Context;
  /** The transaction of the change. */
  session: Session;
  companyId: string;
  userId: string;
  /** Null: it is not for the person to know. */
  ip: string | null;
}

/** Tells a user by mail that their password was changed, in the transaction of that. */
export function tellOfNewPassword(change: Change): Promise<void> {
  return tell(change, newPassword);
}

/** Tells a user by mail that their two-step sign-in was turned off, in the transaction of that. */
export function tellOfTwoStepOff(change: Change): Promise<void> {
  return tell(change, twoStepOff);
}

async function tell(
  { ctx, session, companyId, userId, ip }: Change,
  write: typeof newPassword,
): Promise<void> {
  if (!isRead(ctx.config, 'email')) return;
  const user = await ctx.store.accounts.findUser(companyId, userId, session);
  if (!user) return;
  await tellByMail({ ctx, session, account: userAccount(user), ip, write });
}
