import { createTransport } from 'nodemailer';
import type { Config } from '../../config';

/** Whom a message is for. */
export interface Recipient {
  kind: 'email' | 'mobile' | 'certificate_id';
  value: string;
  /** An email as it was written, where that may matter. */
  typed?: string | undefined;
}

/** What a message says. */
export interface Wording {
  subject: string;
  text: string;
  /** The same as HTML; absent in mails of an earlier release. */
  html?: string | undefined;
}

/** A file that comes with a message. */
export interface Attachment {
  name: string;
  type: string;
  base64: string;
}

/** A short message to one person. */
export interface Message extends Wording {
  to: Recipient;
  attachments?: Attachment[] | undefined;
}

/**
 * Sends a message; `id` is the same each time it is tried, so that mail programs show it once.
 * @returns once it has been handed over, or refused for good because there is no such recipient
 * @throws whatever kept it from being handed over
 */
export type Send = (id: string, message: Message) => Promise<'sent' | 'refused'>;

/** A way to reach people. To add one, write another function like those below. */
interface Way {
  /** The kinds of identifiers that it can send to. */
  reaches: readonly Recipient['kind'][];
  open: (url: string, config: Config) => Send;
}

const SMTP_TIMEOUT_MS = 10_000;

/** By the protocol of SMTP_URL. */
const WAYS: Record<string, Way> = {
  'console:': { reaches: ['email', 'mobile'], open: toConsole },
  'smtp:': { reaches: ['email'], open: bySmtp },
  'smtps:': { reaches: ['email'], open: bySmtp },
};

/** Opens the way that the settings name; null when they name none. */
export function openSender(config: Config): Send | null {
  return wayOf(config)?.open(config.smtpUrl ?? '', config) ?? null;
}

/** Whether the settings name a way to reach people by such an identifier. */
export function canReach(config: Config, kind: Recipient['kind']): boolean {
  return wayOf(config)?.reaches.includes(kind) ?? false;
}

/** Whether to write messages to such an identifier: they are sent, or shown to whoever develops here. */
export function isRead(config: Config, kind: Recipient['kind']): boolean {
  return canReach(config, kind) || (config.mailInbox && kind !== 'certificate_id');
}

function wayOf({ smtpUrl }: Config): Way | null {
  return smtpUrl === null ? null : (WAYS[new URL(smtpUrl).protocol] ?? null);
}

/** For development: prints the message on the terminal, but never its recipient. */
function toConsole(): Send {
  return (_id, { to, text, attachments = [] }) => {
    const files = attachments.map(({ name }) => `[${name}]\n`).join('');
    console.log(`\n--- message to somebody's ${to.kind} ---\n${text}${files}\n---\n`);
    return Promise.resolve('sent');
  };
}

function bySmtp(url: string, { mailFrom }: Config): Send {
  const transport = createTransport({
    url,
    connectionTimeout: SMTP_TIMEOUT_MS,
    greetingTimeout: SMTP_TIMEOUT_MS,
    socketTimeout: SMTP_TIMEOUT_MS,
    dnsTimeout: SMTP_TIMEOUT_MS,
  });
  const domain = /@([^\s@>]+)>?$/.exec(mailFrom)?.[1] ?? 'localhost';
  return async (id, { to, subject, text, html, attachments = [] }) => {
    try {
      await transport.sendMail({
        from: mailFrom,
        // An object: a string could be parsed as a list of addresses.
        to: { name: '', address: to.value },
        messageId: `<${id}@${domain}>`,
        subject,
        text,
        html,
        attachments: attachments.map(({ name, type, base64 }) => ({
          filename: name,
          contentType: type,
          content: base64,
          encoding: 'base64',
        })),
        // RFC 3834: no program is to answer, such as one that says that somebody is away.
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
      return 'sent';
    } catch (error) {
      if (isNobody(error)) return 'refused';
      throw error;
    }
  };
}

/** Whether the mail server has said no, rather than nothing. */
export function hasAnswered(error: unknown): boolean {
  return typeof (error as { responseCode?: unknown }).responseCode === 'number';
}

/** RFC 5321: no such mailbox, not one of the server's, not a name that there can be. */
const NO_SUCH_RECIPIENT = /^55[013][ -](?!5\.7\.)/;

/** Whether there is no such recipient. A refusal by policy (RFC 3463: 5.7) is about us, and may be mended. */
function isNobody(error: unknown): boolean {
  const { command, response } = error as { command?: unknown; response?: unknown };
  return command === 'RCPT TO' && NO_SUCH_RECIPIENT.test(String(response));
}
