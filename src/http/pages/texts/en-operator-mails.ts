import type { InboxMailView } from '../../../core/messages/read-inbox';

/** The English texts about mails, for operators. */
export const mailTexts = {
  mails: {
    title: 'Mails',
    text: 'No mail server is set (SMTP_URL), so mails of this development machine are kept here instead of being sent, until what they bring expires.',
    empty: 'No mail has been written yet.',
    subject: 'Subject',
    to: 'To',
    kind: 'About',
    at: 'Written',
    until: 'Kept until',
    body: 'Text',
    asHtml: 'Show as HTML',
    attached: 'Attached',
    kinds: {
      code: 'A code',
      invitation: 'An invitation',
      reset: 'A new password',
      notice: 'A notice',
      receipt: 'A receipt',
    } satisfies Record<InboxMailView['kind'], string>,
  },
  /** What it means that a job failed with a code, and what to do. */
  jobErrors: {
    mail_not_sent: 'No mail server is set: give the workers SMTP_URL. The mail waits.',
    mail_server_away:
      'The mail server does not answer: check that it runs, and SMTP_URL. The mail waits.',
    mail_server_refused:
      'The mail server said no: check its limits, the password in SMTP_URL, and MAIL_FROM; the log has its answer. The mail waits.',
    mail_unreadable:
      'This worker lacks the key the mail is sealed under: add the older key to IDENTIFIER_KEY.',
  } as Readonly<Record<string, string>>,
};
