import { createTransport } from 'nodemailer';
import type { Config } from '../../config';

/** Whom a message is for. */
interface Recipient {
  kind: 'email' | 'mobile' | 'certificate_id';
  value: string;
}

/** A short message to one person. */
export interface Message {
  to: Recipient;
  subject: string;
  text: string;
}

/** A way to reach people. To add one, write another function like those below. */
export interface CodeSender {
  /** The kinds of identifiers that it can send to. */
  reaches: readonly Recipient['kind'][];
  /** Resolves once the message has been handed over. */
  send: (message: Message) => Promise<void>;
}

const SMTP_TIMEOUT_MS = 10_000;

/** By the protocol of SMTP_URL. */
const SENDERS: Record<string, (url: string, config: Config) => CodeSender> = {
  'console:': toConsole,
  'smtp:': bySmtp,
  'smtps:': bySmtp,
};

/** The sender that the settings name; null when they name none. */
export function createSender(config: Config): CodeSender | null {
  if (config.smtpUrl === null) return null;
  return SENDERS[new URL(config.smtpUrl).protocol]?.(config.smtpUrl, config) ?? null;
}

/** For development: prints the message on the terminal, but never its recipient. */
function toConsole(): CodeSender {
  return {
    reaches: ['email', 'mobile'],
    send: ({ to, text }) => {
      console.log(`\n--- message to somebody's ${to.kind} ---\n${text}\n---\n`);
      return Promise.resolve();
    },
  };
}

function bySmtp(url: string, { mailFrom }: Config): CodeSender {
  const transport = createTransport({
    url,
    connectionTimeout: SMTP_TIMEOUT_MS,
    greetingTimeout: SMTP_TIMEOUT_MS,
    socketTimeout: SMTP_TIMEOUT_MS,
  });
  return {
    reaches: ['email'],
    send: async ({ to, subject, text }) => {
      // An object: a string could be parsed as a list of addresses.
      await transport.sendMail({
        from: mailFrom,
        to: { name: '', address: to.value },
        subject,
        text,
      });
    },
  };
}
