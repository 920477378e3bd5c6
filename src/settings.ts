import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { parseRedisUrl } from './lib/redis-url';
import { parseWitnesses, type WitnessSetting } from './lib/witness-list';

/** Express `trust proxy`: hop count, list of IPs and CIDRs, or `false` for none. */
export type TrustProxy = number | string[] | false;
/** Newest first: the first one writes, all of them look up. */
export type IdentifierKeys = readonly [string, ...string[]];

/** What a setting means, and what holds when it is not set, where that is no plain default. */
interface About {
  description: string;
  unset?: string;
}

const microUsd = (fallback: number) =>
  z
    .string()
    .regex(/^\d{1,12}$/, 'must be a whole number of µUSD')
    .default(String(fallback))
    .transform(Number);

const wholeNumber = (fallback: number, min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .default(String(fallback))
    .transform(Number)
    .refine((n) => n >= min && n <= max, `must be between ${String(min)} and ${String(max)}`);

const secret = z.string().min(22, 'must carry at least 128 random bits (22 characters or more)');

const url = (...protocols: string[]) =>
  z
    .string()
    .refine(
      (text) => protocols.some((protocol) => text.startsWith(`${protocol}://`)),
      `must start with ${protocols.map((p) => `${p}://`).join(' or ')}`,
    );

const redisUrl = z.string().superRefine((text, check) => {
  try {
    parseRedisUrl(text);
  } catch (error) {
    check.addIssue((error as Error).message);
  }
});

const trustProxy = z
  .string()
  .default('')
  .transform((text, check): TrustProxy => {
    const value = text.trim();
    if (value === '') return false;
    if (/^\d{1,2}$/.test(value)) return Number(value);
    const ranges = value.split(',').map((part) => part.trim());
    if (ranges.every((range) => ipaddr.isValid(range) || ipaddr.isValidCIDR(range))) return ranges;
    check.addIssue('must be a hop count or a comma-separated list of IPs and CIDRs');
    return z.NEVER;
  });

const identifierKeys = z.string().transform((text, check): IdentifierKeys => {
  const [first, ...rest] = text.split(',').map((part) => part.trim());
  if (first && [first, ...rest].every((key) => key.length >= 22)) return [first, ...rest];
  check.addIssue('must be one or more comma-separated keys of 22 characters or more');
  return z.NEVER;
});

const witnesses = z
  .string()
  .default('')
  .transform((text, check): WitnessSetting[] => {
    try {
      return parseWitnesses(text);
    } catch (error) {
      check.addIssue((error as Error).message);
      return z.NEVER;
    }
  });

/** Says what a setting means where its table is made. */
function about<Schema extends z.ZodType>(schema: Schema, told: About): Schema {
  return schema.meta({ ...told });
}

/** Every setting, in the order of the table; `CRASH_POINT` is for tests and not in it. */
export const settings = z.object({
  HOST: about(z.string().min(1).default('127.0.0.1'), { description: 'where the API listens' }),
  PORT: about(wholeNumber(3000, 0, 65535), { description: 'port of the API' }),
  PUBLIC_URL: about(url('http', 'https').optional(), {
    description: 'base of the links that we hand out',
    unset: 'from the request; required in production',
  }),
  TRUST_PROXY: about(trustProxy, {
    description: 'hop count, or comma-separated IPs and CIDRs, of the proxies in front',
    unset: 'none',
  }),
  MONGODB_URI: about(url('mongodb', 'mongodb+srv'), {
    description: 'an existing replica set',
    unset: '`npm start`: a local one',
  }),
  MONGODB_URI_US: about(url('mongodb', 'mongodb+srv').optional(), {
    description: 'database of the US region',
    unset: '`<database>_us` beside the first',
  }),
  REDIS_URL: about(redisUrl, {
    description:
      'an existing Redis with `maxmemory-policy noeviction`: `redis[s]://…`, `redis[s]+sentinel://host:26379,…/master-name`, `redis[s]+cluster://host:6379,…`',
    unset: '`npm start`: a local one',
  }),
  REDIS_PREFIX: about(
    z
      .string()
      .regex(/^[a-z0-9-]{1,40}$/, 'must be 1 to 40 of a-z, 0-9 and -')
      .default('rescind'),
    { description: 'prefix of every key in Redis, so that several installations can share one' },
  ),
  OPERATOR_TOKEN: about(secret, {
    description: 'operator API, and whoever signs in as `operator` (see Operators)',
    unset: '`npm start`: made once, kept in `.data/`',
  }),
  IDENTIFIER_KEY: about(identifierKeys, {
    description: 'HMAC keys of emails and mobiles, newest first, comma-separated',
    unset: '`npm start`: made once, kept in `.data/`',
  }),
  WITNESSES: about(witnesses, {
    description:
      'who cosigns the checkpoints of the log (C2SP `tlog-witness`): `<verifier key> <url>`, several with commas between',
    unset: 'nobody',
  }),
  DEMO: about(z.enum(['true', 'false']).default('false'), {
    description: '`true`: the demo company, in an empty database',
    unset: '`npm start`: `true`, else `false`',
  }),
  PORTAL_MODE: about(z.enum(['masked', 'blind', 'code']).default('masked'), {
    description:
      'what the portal shows before consent is revoked: `masked`, `blind` or `code` (needs `SMTP_URL` in production)',
  }),
  SUPPORT_URL: about(url('https', 'http', 'mailto').optional(), {
    description: 'whom consumers ask, linked on their pages: a page, or `mailto:` and an address',
    unset: 'no link',
  }),
  PRIVACY_URL: about(url('https', 'http').optional(), {
    description: "the privacy policy, linked on the consumer's pages",
    unset: 'no link',
  }),
  SMTP_URL: about(url('smtp', 'smtps', 'console').optional(), {
    description:
      'SMTP server for mails: `smtp://user:password@host:587`, `smtps://…`; `console://` for development',
    unset: 'links are shown; in development mails too',
  }),
  MAIL_FROM: about(
    z
      .string()
      .regex(/^[^\r\n]+@[^\s@]+$/, 'must be an email address')
      .optional(),
    { description: "sender's address of mails", unset: '`no-reply@` the host of `PUBLIC_URL`' },
  ),
  OPT_OUT_RATE_PER_MINUTE: about(wholeNumber(10, 1, 1_000_000), {
    description: 'unauthenticated opt-outs per IP per minute',
  }),
  PRICE_CHECK_MICROUSD: about(microUsd(15_000), { description: 'price of a check, in µUSD' }),
  PRICE_SCRUB_ROW_MICROUSD: about(microUsd(1_000), {
    description: 'price of a row of a scrub that is answered',
  }),
  PRICE_SESSION_RETENTION_MICROUSD: about(microUsd(100_000), {
    description: 'price of keeping a recording',
  }),
  PRICE_CERTIFICATE_RETENTION_MICROUSD: about(microUsd(50_000), {
    description: 'price of keeping a certificate',
  }),
  PRICE_ATTESTR_REVOCATION_MICROUSD: about(microUsd(0), {
    description: 'price of revoking an Attestr consent',
  }),
  UPLOAD_DAYS: about(wholeNumber(7, 1, 3_650), {
    description: 'days after which uploaded CSVs and their error lists are deleted',
  }),
  LOG_LEVEL: about(
    z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
    { description: '`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`' },
  ),
  METRICS_PORT: about(wholeNumber(0, 0, 65535), {
    description: 'where the web process serves `/metrics` on `HOST`, and no longer on `PORT`',
    unset: "`PORT`; in production for the operator's token only",
  }),
  WORKER_METRICS_PORT: about(wholeNumber(0, 0, 65535), {
    description: 'where each worker serves `/metrics` on `HOST`',
    unset: 'nowhere',
  }),
  NODE_ENV: about(z.string().default('development'), {
    description:
      '`production` requires an https `PUBLIC_URL`, and refuses weak secrets and what is for development',
  }),
  CRASH_POINT: z.string().optional(),
});
