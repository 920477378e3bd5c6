import { createHash, createHmac, randomBytes } from 'node:crypto';

const SECRET_BYTES = 16;

/** A value, and what has to be hashed before it to get its commitment. */
export interface Opening {
  /** Base64url. */
  salt: string;
  value: string;
}

/** Names of what is committed to, and the commitments. */
export type Commitments = Record<string, string>;

/** A secret from which salts are made, in base64url. */
export function newSaltSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/** The salt of one of the values that a secret is for, in base64url. */
export function saltFor(secret: string, name: string): string {
  return createHmac('sha256', Buffer.from(secret, 'base64url')).update(name).digest('base64url');
}

/** What stands for a value: base64url of SHA-256(salt ‖ value). Without the salt it tells nothing. */
export function commitmentTo({ salt, value }: Opening): string {
  return createHash('sha256')
    .update(Buffer.from(salt, 'base64url'))
    .update(value)
    .digest('base64url');
}

/**
 * Commits to several values under one secret; those that are null are left out.
 * @returns in the same order
 */
export function commitTo(
  secret: string,
  values: Record<string, string | null | undefined>,
): Commitments {
  return Object.fromEntries(
    Object.entries(openingsOf(secret, values)).map(([name, one]) => [name, commitmentTo(one)]),
  );
}

/** What opens the commitments of `commitTo`. */
export function openingsOf(
  secret: string,
  values: Record<string, string | null | undefined>,
): Record<string, Opening> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      value === null || value === undefined ? [] : [[name, { salt: saltFor(secret, name), value }]],
    ),
  );
}
