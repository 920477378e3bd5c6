import { createHmac, randomBytes } from 'node:crypto';

const PREFIX = 'whsec_';
const NEW_SECRET_BYTES = 32;
/** What the specification allows. */
const SECRET_BYTES = { min: 24, max: 64 };
/** In an id it would make the signed text ambiguous. */
const SEPARATOR = '.';

/** The headers that go with a message. */
export interface WebhookHeaders extends Record<string, string> {
  'webhook-id': string;
  'webhook-timestamp': string;
  'webhook-signature': string;
}

/**
 * A new secret for signing: `whsec_` and 256 bits in base64.
 * @param bytes random unless they are given
 */
export function newWebhookSecret(bytes: Buffer = randomBytes(NEW_SECRET_BYTES)): string {
  return PREFIX + bytes.toString('base64');
}

/**
 * The headers of a message by Standard Webhooks (https://www.standardwebhooks.com), version 1: receivers
 * verify the HMAC-SHA256 of id, time and body, so that nobody else can have sent or changed it, nor
 * send it again much later.
 * @param id names the message; the same in each try
 * @param at the time of this try
 * @param body the very bytes that are sent
 * @param secrets each `whsec_…` signs: while one is being replaced, the old and the new
 * @throws Error when there is no secret, or something that is none
 */
export function signWebhook({
  id,
  at,
  body,
  secrets,
}: {
  id: string;
  at: Date;
  body: string | Buffer;
  secrets: string[];
}): WebhookHeaders {
  if (secrets.length === 0) throw new Error('nothing to sign with');
  if (id.includes(SEPARATOR)) throw new Error('an id must not contain a dot');
  const timestamp = String(Math.floor(at.getTime() / 1_000));
  const signatures = secrets.map((secret) => {
    const hmac = createHmac('sha256', keyOf(secret));
    return `v1,${hmac.update(`${id}.${timestamp}.`).update(body).digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}

function keyOf(secret: string): Buffer {
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
  const isSecret =
    secret.startsWith(PREFIX) && key.toString('base64') === secret.slice(PREFIX.length);
  if (!isSecret || key.length < SECRET_BYTES.min || key.length > SECRET_BYTES.max) {
    throw new Error('not a secret of Standard Webhooks');
  }
  return key;
}
