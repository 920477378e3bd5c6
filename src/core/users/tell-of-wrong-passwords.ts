import { recordChange } from '../audit/record-change';
import { recordMail } from '../messages/record-mail';
import { canReach, type Wording } from '../messages/sender';
import type { Context } from '../../context';
import { DAY_MS } from '../../lib/durations';
import type { Session } from '../../store';
import type { User } from '../../store/accounts';

/** A person is told at the 10th wrong password, and again at the 100th, the 1,000th … */
const TOLD_AT = /^10+$/;
/** Later than that it is no news. */
const MAIL_LIFE_MS = DAY_MS;

/**
 * Counts a wrong password of a user, from wherever, and tells them when there have been many without a
 * day between: by a notice in their dashboard, an entry in the audit log and, with SMTP_URL, a mail.
 */
export async function tellOfWrongPassword({
  ctx,
  user,
  ip,
  now,
}: {
  ctx: Context;
  user: User;
  ip: string;
  now: Date;
}): Promise<void> {
  const count = await ctx.store.accounts.countWrongPassword(user._id, now, DAY_MS);
  if (!TOLD_AT.test(String(count))) return;
  const mailId = await ctx.store.transaction(async (session) => {
    const notice = { at: now, ip, count };
    await ctx.store.accounts.setPasswordNotice(user._id, notice, session);
    await recordChange({
      ctx,
      session,
      companyId: user.company_id,
      action: 'user.wrong_passwords',
      caller: { actor: { type: 'system', id: null }, ip },
      reason: `${String(count)} for ${user._id}`,
    });
    return writeDown(ctx, user, count, session);
  });
  if (mailId !== null) ctx.outbox.recorded('mails', mailId);
}

/** The mail's id; null: mails cannot be sent. */
async function writeDown(
  ctx: Context,
  { company_id: companyId, email: value }: User,
  count: number,
  session: Session,
): Promise<string | null> {
  if (!canReach(ctx.config, 'email')) return null;
  const content = { to: { kind: 'email', value } as const, ...wordingOf(count) };
  const mail = { kind: 'notice', companyId, content, lifeMs: MAIL_LIFE_MS } as const;
  return recordMail({ ctx, session, mail });
}

function wordingOf(count: number): Wording {
  const text = [
    `${String(count)} wrong passwords were entered for your account within a day.`,
    '',
    'If that was you, there is nothing to do. If it was not, your account is still safe: only the',
    'right password opens it, and whoever guesses has to wait longer each time. Change your password',
    'if you use it anywhere else.',
  ].join('\n');
  return { subject: 'Wrong passwords for your account', text };
}
