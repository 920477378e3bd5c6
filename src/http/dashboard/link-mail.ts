import type { Request } from 'express';
import type { Context } from '../../context';
import { composeMail } from '../../core/messages/compose-mail';
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
  const { subject: subjectOf, before, button, after } = t.people.mails[kind];
  const subject = subjectOf(company);
  return (secret) => {
    const link = { url: linkUrl(ctx, request, secret), button };
    // The dashboard is in English; which languages its people speak is not known.
    return composeMail({
      lang: 'en',
      subject,
      heading: subject,
      pieces: [before(company), link, ...after],
    });
  };
}
