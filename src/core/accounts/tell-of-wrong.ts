import type { Context } from '../../context';
import { DAY_MS } from '../../lib/durations';
import type { AuditAction } from '../../store/audit-actions';
import type { PasswordNotice } from '../../store/accounts';
import { recordChange } from '../audit/record-change';
import type { Letter } from '../messages/compose-mail';
import { wrongCodes, wrongPasswords } from '../messages/letters';
import { recordNotice } from '../messages/record-notice';
import { type Account, logOf, peopleOf } from './account';

/** A person is told at the 10th wrong password, and again at the 100th, the 1,000th … */
const TOLD_AT = /^10+$/;

/**
 * Counts a wrong password of an account, from wherever, and tells its person when there have been
 * many without a day between: by a notice on their pages, an entry in the audit log and, where mails
 * can be sent, a mail.
 */
export async function tellOfWrongPassword({
  ctx,
  account,
  ip,
  now,
}: {
  ctx: Context;
  account: Account;
  ip: string;
  now: Date;
}): Promise<void> {
  const count = await peopleOf({ ctx, account }).countWrongPassword(account.id, now, DAY_MS);
  if (!TOLD_AT.test(String(count))) return;
  const notice = { at: now, ip, count };
  const action = `${account.kind}.wrong_passwords` as const;
  await tell({ ctx, account, notice, action, letter: wrongPasswords(count) });
}

/** Tells somebody, in the same ways, that whoever has their password tries codes. */
export async function tellOfWrongCodes({
  ctx,
  account,
  ip,
  count,
}: {
  ctx: Context;
  account: Account;
  ip: string;
  count: number;
}): Promise<void> {
  const notice = { kind: 'codes', at: ctx.now(), ip, count } as const;
  const action = `${account.kind}.wrong_codes` as const;
  await tell({ ctx, account, notice, action, letter: wrongCodes(count) });
}

/** Puts away the notice of either, once its person has seen it. */
export async function putNoticeAway({
  ctx,
  account,
}: {
  ctx: Context;
  account: Account;
}): Promise<void> {
  await peopleOf({ ctx, account }).setPasswordNotice(account.id, null);
}

async function tell({
  ctx,
  account,
  notice,
  action,
  letter,
}: {
  ctx: Context;
  account: Account;
  notice: PasswordNotice;
  action: AuditAction;
  letter: Letter;
}): Promise<void> {
  const { ip, count } = notice;
  const caller = { actor: { type: 'system', id: null }, ip } as const;
  const reason = `${String(count)} for ${account.id}`;
  const mailId = await ctx.store.transaction(async (session) => {
    await peopleOf({ ctx, account }).setPasswordNotice(account.id, notice, session);
    await recordChange({ ctx, session, companyId: logOf(account), action, caller, reason });
    return recordNotice({ ctx, session, to: account, letter });
  });
  if (mailId !== null) ctx.outbox.recorded('mails', mailId);
}
