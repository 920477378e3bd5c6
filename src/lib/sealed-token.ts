import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const SALT_BYTES = 16;
const TAG_BYTES = 16;
/** Each token has its own key, derived from its salt, so the nonce can be constant. */
const NONCE = Buffer.alloc(12);

interface Sealed {
  /** Milliseconds since 1970; null: for ever. */
  until: number | null;
  value: unknown;
}

/**
 * Seals a value: the holder of the token can neither read nor change it.
 * @param keys newest first, the first one seals
 * @param purpose a token for one purpose does not open for another
 * @param until when it expires; null: it does not
 * @returns base64url
 */
export function sealToken(
  keys: readonly [string, ...string[]],
  purpose: string,
  value: unknown,
  until: Date | null,
): string {
  const sealed: Sealed = { until: until?.getTime() ?? null, value };
  const salt = randomBytes(SALT_BYTES);
  const cipher = createCipheriv(CIPHER, tokenKey(keys[0], purpose, salt), NONCE);
  const text = Buffer.concat([cipher.update(JSON.stringify(sealed), 'utf8'), cipher.final()]);
  return Buffer.concat([salt, text, cipher.getAuthTag()]).toString('base64url');
}

/**
 * Opens a token.
 * @param keys all of them are tried
 * @returns null when it was not sealed by us for this purpose, or has expired
 */
export function openToken(
  keys: readonly [string, ...string[]],
  purpose: string,
  token: string,
  now: Date,
): unknown {
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.length <= SALT_BYTES + TAG_BYTES) return null;
  for (const key of keys) {
    const sealed = open(key, purpose, bytes);
    if (sealed) return sealed.until === null || sealed.until > now.getTime() ? sealed.value : null;
  }
  return null;
}

function open(key: string, purpose: string, bytes: Buffer): Sealed | null {
  const secret = tokenKey(key, purpose, bytes.subarray(0, SALT_BYTES));
  const decipher = createDecipheriv(CIPHER, secret, NONCE, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  const text = decipher.update(bytes.subarray(SALT_BYTES, -TAG_BYTES));
  try {
    return JSON.parse(Buffer.concat([text, decipher.final()]).toString()) as Sealed;
  } catch {
    // Another key, another purpose or tampering: either way it is no token of ours.
    return null;
  }
}

function tokenKey(key: string, purpose: string, salt: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', key, salt, `rescind ${purpose}`, 32));
}
