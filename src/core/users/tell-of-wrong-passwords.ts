import { recordChange } from '../audit/record-change';
import { createSender } from '../messages/sender';
import type { Context } from '../../context';
import { DAY_MS } from '../../lib/durations';
import type { User } from '../../store/accounts';
import { errorForLog } from '../../telemetry/logger';

/** A person is told at the 10th wrong password, and again at the 100th, the 1,000th … */
const TOLD_AT = /^10+$/;

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
  await ctx.store.transaction(async (session) => {
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
  });
  mail(ctx, user, count);
}

/** Not awaited: whoever tries passwords must not see by the time that somebody is told. */
function mail(ctx: Context, { email }: User, count: number): void {
  const text = [
    `${String(count)} wrong passwords were entered for your account within a day.`,
    '',
    'If that was you, there is nothing to do. If it was not, your account is still safe: only the',
    'right password opens it, and whoever guesses has to wait longer each time. Change your password',
    'if you use it anywhere else.',
  ].join('\n');
  const to = { kind: 'email', value: email } as const;
  const sent = createSender(ctx.config)?.send({
    to,
    subject: 'Wrong passwords for your account',
    text,
  });
  sent?.catch((error: unknown) => {
    ctx.log.error({ error: errorForLog(error) }, 'a person could not be told of wrong passwords');
  });
}
