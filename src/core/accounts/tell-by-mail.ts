import type { Context } from '../../context';
import type { Session } from '../../store';
import type { Letter } from '../messages/compose-mail';
import type { Occasion, Opened } from '../messages/letters';
import { recordNotice } from '../messages/record-notice';
import { isRead } from '../messages/sender';
import { type Account, openedBy } from './account';

/**
 * Tells somebody by mail what happened to their account, in the transaction of that.
 * @param ip null: it is not for the person to know
 * @param write one of `messages/letters`
 */
export async function tellByMail({
  ctx,
  session,
  account,
  ip,
  write,
}: {
  ctx: Context;
  session: Session;
  account: Account;
  ip: string | null;
  write: (opened: Opened, email: string, occasion: Occasion) => Letter;
}): Promise<void> {
  if (!isRead(ctx.config, 'email')) return;
  const opened = await openedBy({ ctx, account, session });
  const occasion = { at: ctx.now(), ip, timeZone: account.timeZone };
  const letter = write(opened, account.email, occasion);
  await recordNotice({ ctx, session, to: account, letter });
}
