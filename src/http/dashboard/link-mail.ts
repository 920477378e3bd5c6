import type { Request } from 'express';
import type { Context } from '../../context';
import type { WriteLink } from '../../core/users/invite-user';
import { baseUrl } from '../base-url';
import type { Texts } from '../pages/texts';
import { invitationPath } from './login';

/** The whole URL of an invitation or reset link. */
export function linkUrl(ctx: Context, request: Request, secret: string): string {
  return baseUrl(request, ctx.config.publicUrl) + invitationPath(secret);
}

/**
 * Writes the mail around such a link.
 * @param kind what the link is for
 * @param company the name of the company whose dashboard it opens
 */
export function linkMail({
  ctx,
  request,
  t,
  kind,
  company,
}: {
  ctx: Context;
  request: Request;
  t: Texts['dashboard'];
  kind: keyof Texts['dashboard']['people']['mails'];
  company: string;
}): WriteLink {
  const { subject, text } = t.people.mails[kind];
  return (secret) => ({
    subject: subject(company),
    text: text(company, linkUrl(ctx, request, secret)),
  });
}
