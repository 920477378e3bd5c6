import type { Context } from '../../context';
import { AppError } from '../../errors';
import type { JobOutcome } from '../../jobs/catalog';
import type { InboxMail } from '../../store/inbox-mails';
import type { Mail } from '../../store/mails';
import { errorForLog } from '../../telemetry/logger';
import { openMail } from '../messages/sealed-mail';
import { hasAnswered, type Message, openSender } from '../messages/sender';
import { grantReset } from '../users/grant-reset';
import { openResetRequest } from '../users/request-reset';
import { hasConsents } from '../portal/find-consents';

/**
 * Sends a mail that was written down, and removes it. One that has expired, or whose news is none
 * any more, is removed without being sent. A worker that dies right after sending sends it twice.
 * @throws AppError mail_server_away, mail_server_refused, mail_not_sent, mail_unreadable; it is to be
 *   tried again
 */
export async function sendMail({
  ctx,
  mailId,
}: {
  ctx: Context;
  mailId: string;
}): Promise<JobOutcome<'send-mail'>> {
  const mail = await ctx.store.mails.find(mailId);
  if (!mail) return 'gone';
  const outcome = await deliver(ctx, mail);
  await ctx.reach('mail.sent');
  await ctx.store.mails.remove(mailId);
  return outcome;
}

async function deliver(
  ctx: Context,
  mail: Mail,
): Promise<Exclude<JobOutcome<'send-mail'>, 'gone'>> {
  // MongoDB removes what has expired up to a minute later.
  if (mail.expires_at <= ctx.now()) return 'expired';
  if (mail.kind === 'reset_request') return passOn(ctx, mail);
  const message = openMail({ ctx, id: mail._id, sealed: mail.sealed });
  // Kept: while keys are rotated, another process may have the one that this one lacks.
  if (!message) throw new AppError('mail_unreadable');
  if (!(await isWanted(ctx, mail, message))) return 'not_wanted';
  if (ctx.config.mailInbox) return putIntoInbox(ctx, mail, mail.kind);
  const send = openSender(ctx.config);
  if (!send) {
    ctx.log.error({ mail_id: mail._id }, 'a mail waits, but SMTP_URL is not set');
    throw new AppError('mail_not_sent');
  }
  try {
    return await send(mail._id, message);
  } catch (error) {
    ctx.log.error({ mail_id: mail._id, error: errorForLog(error) }, 'a mail could not be sent');
    throw new AppError(hasAnswered(error) ? 'mail_server_refused' : 'mail_server_away');
  }
}

/** Makes a request for a new password into the mails that bring the links. */
async function passOn(ctx: Context, { _id, sealed }: Mail): Promise<'passed_on' | 'not_wanted'> {
  const request = openResetRequest({ ctx, id: _id, sealed });
  if (!request) throw new AppError('mail_unreadable');
  const links = await grantReset({ ctx, mailId: _id, request });
  return links > 0 ? 'passed_on' : 'not_wanted';
}

/** As sealed as it was, and no longer than it would have waited. */
async function putIntoInbox(ctx: Context, mail: Mail, kind: InboxMail['kind']): Promise<'shown'> {
  const { _id, sealed, expires_at } = mail;
  await ctx.store.inboxMails.put({ _id, kind, sealed, expires_at, at: ctx.now() });
  return 'shown';
}

/** Whether there still is what the mail is about. */
async function isWanted(
  ctx: Context,
  { kind, invitation_id }: Mail,
  { to }: Message,
): Promise<boolean> {
  // Looked up here and not when it was asked for, so that no time there tells who is known.
  if (kind === 'code') return hasConsents({ ctx, identifier: to });
  if (invitation_id === null) return true;
  return (await ctx.store.invitations.find(invitation_id, ctx.now())) !== null;
}
