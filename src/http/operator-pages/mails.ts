import type { Router } from 'express';
import { listInbox, readInboxMail } from '../../core/messages/read-inbox';
import { AppError } from '../../errors';
import { operatorOf, requireAdmin } from '../operator/require-operator';
import type { PageCall } from '../pages/page-router';
import { type OperatorPage, type OperatorRoutes, parameter, PREFIX } from './operator-page';

const PATH = `${PREFIX}/mails`;

/** A mail as mail programs show it: its inline styles, and nothing from anywhere. */
const MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-same-origin";

/**
 * The mails of a machine for development, which are shown instead of being sent.
 * @param router for the HTML of a mail, which is no page of ours
 */
export function mountMails({ ctx, get }: OperatorRoutes, router: Router): void {
  get('/mails', async ({ t }) => ({
    section: 'mails',
    template: 'operator-pages/mails',
    title: t.operator.mails.title,
    data: { mails: await listInbox({ ctx }), path: PATH },
  }));
  // Some have links that open an account.
  const adminsOnly = { adminsOnly: true };
  const mailPage = async (call: PageCall): Promise<OperatorPage> => {
    const mail = await readInboxMail({ ctx, mailId: parameter(call, 'mail_id') });
    const paragraphs = mail.text.split(/\n{2,}/).map((one) => one.split('\n').map(lineOf));
    return {
      section: 'mails',
      template: 'operator-pages/mail',
      title: mail.subject,
      data: { mail, paragraphs, path: PATH },
    };
  };
  get('/mails/:mail_id', mailPage, adminsOnly);
  router.get('/mails/:mail_id/html', async (request, response) => {
    response.locals.route = `${PATH}/:mail_id/html`;
    requireAdmin(operatorOf(request));
    const { html } = await readInboxMail({ ctx, mailId: request.params.mail_id });
    if (html === null) throw new AppError('not_found');
    response.set('Content-Security-Policy', MAIL_POLICY).type('html').send(html);
  });
  router.get('/mails/:mail_id/files/:name', async (request, response) => {
    response.locals.route = `${PATH}/:mail_id/files/:name`;
    requireAdmin(operatorOf(request));
    const { mail_id: mailId, name } = request.params;
    const { attachments } = await readInboxMail({ ctx, mailId });
    const file = attachments.find((one) => one.name === name);
    if (!file) throw new AppError('not_found');
    response.attachment(file.name).type(file.type).send(Buffer.from(file.base64, 'base64'));
  });
}

/** A line of text; one that is a URL can be followed. */
function lineOf(text: string): { text: string; href: string | null } {
  return { text, href: /^https?:\/\/\S+$/.test(text) ? text : null };
}
