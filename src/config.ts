import type { z } from 'zod';
import { plainWords } from './lib/plain-words';
import { type Judged, warningsInProduction, whyNotInProduction } from './production';
import type { WitnessSetting } from './lib/witness-list';
import { type IdentifierKeys, settings, type TrustProxy } from './settings';

/** Prices in µUSD (1 USD = 1,000,000 µUSD). */
export interface Prices {
  readonly check: number;
  readonly scrub_row: number;
  readonly session_retention: number;
  readonly certificate_retention: number;
  readonly attestr_revocation: number;
}

export interface Config {
  readonly production: boolean;
  readonly host: string;
  readonly port: number;
  readonly mongodbUri: string;
  /** Database of the US region; null: a second one beside the first. */
  readonly mongodbUriUs: string | null;
  readonly redisUrl: string;
  /** Prefix of every key in Redis, so that several installations can share one. */
  readonly redisPrefix: string;
  /** Where the web process serves its metrics; null: on the main port. */
  readonly metricsPort: number | null;
  /** Where a worker serves its metrics; null: nowhere. */
  readonly workerMetricsPort: number | null;
  readonly operatorToken: string;
  readonly demo: boolean;
  readonly trustProxy: TrustProxy;
  readonly optOutRatePerMinute: number;
  readonly prices: Prices;
  /** What the consumer's portal shows before consent is revoked. */
  readonly portalMode: 'masked' | 'blind' | 'code';
  /** Whom consumers ask, and what they are promised; null: not linked. */
  readonly supportUrl: string | null;
  readonly privacyUrl: string | null;
  /** How mails are sent: `smtp://`, `smtps://` or, in development, `console://`; null: not at all. */
  readonly smtpUrl: string | null;
  /** Whether mails are not sent but shown to the operator: in development, without `smtpUrl`. */
  readonly mailInbox: boolean;
  /** Sender of mails. */
  readonly mailFrom: string;
  /** Uploaded files are deleted after this many days. */
  readonly uploadDays: number;
  readonly logLevel: string;
  /** Base of links that we hand out, without trailing slash; null: taken from the request. */
  readonly publicUrl: string | null;
  /** HMAC keys for emails and mobiles. */
  readonly identifierKeys: IdentifierKeys;
  /** Who cosigns the checkpoints of the log. */
  readonly witnesses: readonly WitnessSetting[];
  /** Test only: the name of the step at which this process kills itself. */
  readonly crashPoint: string | null;
  /** What is not as it should be in production, a line each, for the log at start. */
  readonly warnings: readonly string[];
}

/** A setting is missing or wrong; the message is one line that names it. */
export class ConfigError extends Error {}

/**
 * Reads the settings; the only reader of the environment.
 * @param env `process.env` or a stand-in; empty strings count as not set
 * @throws ConfigError one line that names the first wrong or missing setting
 */
export function readConfig(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = settings.safeParse(given, { error: plainWords });
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const name = String(issue?.path[0] ?? 'settings');
    throw new ConfigError(
      `${name} ${given[name] === undefined ? 'is not set' : (issue?.message ?? 'is wrong')}`,
    );
  }
  const s = parsed.data;
  const production = s.NODE_ENV === 'production';
  const judged = judgedIn(s);
  const refused = production ? whyNotInProduction(judged) : null;
  if (refused !== null) throw new ConfigError(refused);
  if (s.MONGODB_URI_US === s.MONGODB_URI) {
    throw new ConfigError('MONGODB_URI_US must name another database than MONGODB_URI');
  }
  if (s.PORTAL_MODE === 'code' && !s.SMTP_URL && production) {
    throw new ConfigError('SMTP_URL is required with PORTAL_MODE=code, in production');
  }
  if (s.CRASH_POINT && s.NODE_ENV !== 'test') {
    throw new ConfigError('CRASH_POINT is only for tests (NODE_ENV=test)');
  }
  return Object.freeze({
    production,
    host: s.HOST,
    port: s.PORT,
    mongodbUri: s.MONGODB_URI,
    mongodbUriUs: s.MONGODB_URI_US ?? null,
    redisUrl: s.REDIS_URL,
    redisPrefix: s.REDIS_PREFIX,
    metricsPort: s.METRICS_PORT || null,
    workerMetricsPort: s.WORKER_METRICS_PORT || null,
    operatorToken: s.OPERATOR_TOKEN,
    demo: s.DEMO === 'true',
    trustProxy: s.TRUST_PROXY,
    optOutRatePerMinute: s.OPT_OUT_RATE_PER_MINUTE,
    prices: Object.freeze({
      check: s.PRICE_CHECK_MICROUSD,
      scrub_row: s.PRICE_SCRUB_ROW_MICROUSD,
      session_retention: s.PRICE_SESSION_RETENTION_MICROUSD,
      certificate_retention: s.PRICE_CERTIFICATE_RETENTION_MICROUSD,
      attestr_revocation: s.PRICE_ATTESTR_REVOCATION_MICROUSD,
    }),
    portalMode: s.PORTAL_MODE,
    supportUrl: s.SUPPORT_URL ?? null,
    privacyUrl: s.PRIVACY_URL ?? null,
    smtpUrl: s.SMTP_URL ?? null,
    mailInbox: !production && !s.SMTP_URL,
    mailFrom: s.MAIL_FROM ?? `no-reply@${hostname(s.PUBLIC_URL)}`,
    uploadDays: s.UPLOAD_DAYS,
    logLevel: s.LOG_LEVEL,
    publicUrl: s.PUBLIC_URL?.replace(/\/+$/, '') ?? null,
    identifierKeys: s.IDENTIFIER_KEY,
    witnesses: s.WITNESSES,
    crashPoint: s.CRASH_POINT ?? null,
    warnings: Object.freeze(production ? warningsInProduction(judged) : []),
  });
}

function judgedIn(s: z.output<typeof settings>): Judged {
  return {
    publicUrl: s.PUBLIC_URL ?? null,
    demo: s.DEMO === 'true',
    trustProxy: s.TRUST_PROXY,
    smtpUrl: s.SMTP_URL ?? null,
    witnesses: s.WITNESSES.map(({ url }) => url),
    secrets: { OPERATOR_TOKEN: s.OPERATOR_TOKEN, IDENTIFIER_KEY: s.IDENTIFIER_KEY[0] },
    servers: {
      MONGODB_URI: s.MONGODB_URI,
      MONGODB_URI_US: s.MONGODB_URI_US ?? null,
      REDIS_URL: s.REDIS_URL,
      SMTP_URL: s.SMTP_URL ?? null,
    },
  };
}

function hostname(publicUrl: string | undefined): string {
  return publicUrl && URL.canParse(publicUrl) ? new URL(publicUrl).hostname : 'localhost';
}
