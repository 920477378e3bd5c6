import { recordChange } from '../audit/record-change';
import { wrongCodes, wrongPasswords } from '../messages/letters';
import { recordNotice } from '../messages/record-notice';
import type { Context } from '../../context';
import { DAY_MS } from '../../lib/durations';
import type { User } from '../../store/accounts';

/** A person is told at the 10th wrong password, and again at the 100th, the 1,000th … */
const TOLD_AT = /^10+$/;

/**
 * Counts a wrong password of a user, from wherever, and tells them when there have been many without a
 * day between: by a notice in their dashboard, an entry in the audit log and, where mails can be sent, a mail.
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
    return recordNotice({ ctx, session, user, letter: wrongPasswords(count) });
  });
  if (mailId !== null) ctx.outbox.recorded('mails', mailId);
}

/**
 * Tells a user, in the same ways, that somebody who has their password tries codes.
 */
export async function tellOfWrongCodes({
  ctx,
  user,
  ip,
  count,
}: {
  ctx: Context;
  user: User;
  ip: string;
  count: number;
}): Promise<void> {
  const { _id: id, company_id: companyId } = user;
  const caller = { actor: { type: 'system', id: null }, ip } as const;
  const mailId = await ctx.store.transaction(async (session) => {
    const notice = { kind: 'codes', at: ctx.now(), ip, count } as const;
    await ctx.store.accounts.setPasswordNotice(id, notice, session);
    const reason = `${String(count)} for ${id}`;
    await recordChange({ ctx, session, companyId, action: 'user.wrong_codes', caller, reason });
    return recordNotice({ ctx, session, user, letter: wrongCodes(count) });
  });
  if (mailId !== null) ctx.outbox.recorded('mails', mailId);
}
