import type { Context } from '../../context';
import { AppError } from '../../errors';
import type { InboxMail } from '../../store/inbox-mails';
import { openMail } from './sealed-mail';
import type { Attachment } from './sender';

/** A mail as the operator's pages show it, on a machine for development. */
export interface InboxMailView {
  mail_id: string;
  at: Date;
  expires_at: Date;
  kind: InboxMail['kind'];
  to: string;
  subject: string;
  text: string;
  /** Null in mails of an earlier release. */
  html: string | null;
  attachments: Attachment[];
}

/**
 * The mails that were not sent as no mail server is set, newest first, at most 100.
 * @throws AppError not_found unless this machine is for development, and without a mail server
 */
export async function listInbox({ ctx }: { ctx: Context }): Promise<InboxMailView[]> {
  requireInbox(ctx);
  return (await ctx.store.inboxMails.list()).flatMap((mail) => viewOf(ctx, mail) ?? []);
}

/**
 * One of these mails.
 * @throws AppError not_found as for `listInbox`, and when it has expired
 */
export async function readInboxMail({
  ctx,
  mailId,
}: {
  ctx: Context;
  mailId: string;
}): Promise<InboxMailView> {
  requireInbox(ctx);
  const mail = await ctx.store.inboxMails.find(mailId);
  const view = mail && viewOf(ctx, mail);
  if (!view) throw new AppError('not_found');
  return view;
}

/** In production nobody reads other people's mails. */
function requireInbox({ config }: Context): void {
  if (!config.mailInbox) throw new AppError('not_found');
}

/** Null: expired, or sealed under keys of another installation. */
function viewOf(ctx: Context, { _id, at, expires_at, kind, sealed }: InboxMail) {
  const message = openMail({ ctx, id: _id, sealed });
  if (!message) return null;
  const { to, html = null, attachments = [], ...rest } = message;
  const base = { mail_id: _id, at, expires_at, kind, to: to.typed ?? to.value };
  return { ...base, ...rest, html, attachments };
}
