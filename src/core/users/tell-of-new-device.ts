import type { Context } from '../../context';
import type { Session } from '../../store';
import type { User } from '../../store/accounts';
import { tellByMail } from '../accounts/tell-by-mail';
import { olderEmails } from '../identifiers/email';
import { newDevice } from '../messages/letters';
import { isRead } from '../messages/sender';
import { readDevice } from '../accounts/known-device';
import { userAccount } from './user-account';

/**
 * Tells a user by mail that somebody has signed in as them in a browser that is not known, in the
 * transaction of the sign-in.
 * @param device mark of the browser, see `markDevice`
 */
export async function tellOfNewDevice({
  ctx,
  session,
  user,
  ip,
  device,
}: {
  ctx: Context;
  session: Session;
  user: User;
  ip: string;
  device: string | undefined;
}): Promise<void> {
  if (!isRead(ctx.config, 'email') || (await isTheirs(ctx, user, device))) return;
  await tellByMail({ ctx, session, account: userAccount(user), ip, write: newDevice });
}

/** A browser has one mark, that of the last one who signed in: it may be of their account elsewhere. */
async function isTheirs(
  ctx: Context,
  { _id: userId, email }: User,
  mark: string | undefined,
): Promise<boolean> {
  const known = readDevice({ ctx, mark });
  if (!known || known.user_id === userId) return known !== null;
  const accounts = await ctx.store.accounts.usersByEmail([email, ...olderEmails(email)]);
  return accounts.some(({ _id }) => _id === known.user_id);
}
