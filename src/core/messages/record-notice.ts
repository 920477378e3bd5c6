import type { Context } from '../../context';
import { DAY_MS } from '../../lib/durations';
import type { Session } from '../../store';
import { composeMail, type Letter } from './compose-mail';
import { recordMail } from './record-mail';
import { isRead } from './sender';

/** Later than that it is no news. */
const LIFE_MS = DAY_MS;

/**
 * Writes down a notice to a user or an operator, in the transaction of what it tells: that neither happens without it,
 * nor it twice. Whoever does not name it to the outbox then leaves that to the reconciler, which does
 * within seconds.
 * @returns its id; null: mails are not read
 */
export async function recordNotice({
  ctx,
  session,
  to,
  letter,
}: {
  ctx: Context;
  session: Session;
  /** Without a company: an operator. */
  to: { email: string; companyId: string | null };
  letter: Letter;
}): Promise<string | null> {
  if (!isRead(ctx.config, 'email')) return null;
  const { companyId, email: value } = to;
  const content = { to: { kind: 'email', value } as const, ...composeMail(letter) };
  const mail = { kind: 'notice', companyId, content, lifeMs: LIFE_MS } as const;
  return recordMail({ ctx, session, mail });
}
