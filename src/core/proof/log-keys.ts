import { randomBytes, type KeyObject } from 'node:crypto';
import type { Context } from '../../context';
import { keyIdOf, type NoteKey, privateKeyOf, publicKeyOf } from '../../lib/tlog/note';
import { openToken, sealToken } from '../../lib/sealed-token';
import type { LogHead, LogKey } from '../../store/proof-log';

const SEED_BYTES = 32;

/** Makes a key for a log; its secret half is sealed under IDENTIFIER_KEY. */
export function newLogKey({ ctx, origin }: { ctx: Context; origin: string }): LogKey {
  const seed = randomBytes(SEED_BYTES);
  const publicKey = publicKeyOf(privateKeyOf(seed));
  const keyId = keyIdOf({ name: origin, use: 'note', publicKey });
  const { identifierKeys } = ctx.config;
  return {
    key_id: keyId,
    public_key: publicKey.toString('base64'),
    sealed: sealToken(identifierKeys, purposeOf(keyId), seed.toString('base64'), null),
    created_at: ctx.now(),
    retired_at: null,
  };
}

/** The keys of a log as others check signatures by them, the newest first. */
export function noteKeysOf({ origin, keys }: LogHead): NoteKey[] {
  return keys.map(({ public_key: publicKey }) => ({
    name: origin,
    use: 'note',
    publicKey: Buffer.from(publicKey, 'base64'),
  }));
}

/**
 * The key that signs for a log.
 * @throws Error when it cannot be opened: IDENTIFIER_KEY lacks the key that it is sealed under
 */
export function signingKeyOf({ ctx, head }: { ctx: Context; head: LogHead }): KeyObject {
  const [key] = head.keys;
  const { identifierKeys } = ctx.config;
  const seed = key?.sealed
    ? openToken(identifierKeys, purposeOf(key.key_id), key.sealed, ctx.now())
    : null;
  if (typeof seed !== 'string') throw new Error('IDENTIFIER_KEY does not open the key of the log');
  return privateKeyOf(Buffer.from(seed, 'base64'));
}

function purposeOf(keyId: string): string {
  return `log-key ${keyId}`;
}
