import { Secret, TOTP } from 'otpauth';

const SECRET_BYTES = 20;
/** What every authenticator app takes, whatever it is told: RFC 6238 with SHA-1. */
const PARAMETERS = { algorithm: 'SHA1', digits: 6, period: 30 } as const;
/** Steps by which a phone's clock may be off, either way. */
const DRIFT_STEPS = 1;
const ISSUER = 'Rescind';

/** A new secret, in base32. */
export function newTotpSecret(): string {
  return new Secret({ size: SECRET_BYTES }).base32;
}

/**
 * What an authenticator app reads from the picture.
 * @param name of the account, as the app shows it
 */
export function totpUri(secret: string, name: string): string {
  return new TOTP({ ...PARAMETERS, issuer: ISSUER, label: name, secret }).toString();
}

/** The digits of a code as it was typed, `123 456`. */
export function readTotpCode(typed: string): string {
  return typed.normalize('NFKC').replace(/[\s-]/g, '');
}

/**
 * The time step that a code is of.
 * @param code digits only
 * @returns null when it is of none that counts at this time
 */
export function stepOfCode(secret: string, code: string, now: Date): number | null {
  const totp = new TOTP({ ...PARAMETERS, secret });
  const timestamp = now.getTime();
  const delta = totp.validate({ token: code, timestamp, window: DRIFT_STEPS });
  return delta === null ? null : totp.counter({ timestamp }) + delta;
}
