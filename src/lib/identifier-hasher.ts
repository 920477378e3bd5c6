import { createHmac } from 'node:crypto';
import { parsePhoneNumberFromString } from 'libphonenumber-js';

/** The longest email accepted. */
export const EMAIL_MAX_CHARACTERS = 320;

/**
 * Trimmed and lower-cased email, or null when it cannot be one. Deliberately lenient:
 * whatever could be captured must be revocable.
 */
export function normalizeEmail(text: string): string | null {
  const email = text.normalize('NFC').trim().toLowerCase();
  return email.length <= EMAIL_MAX_CHARACTERS && /^[^\s@]+@[^\s@]+$/.test(email) ? email : null;
}

/** E.164 form (`+14155550100`) of a phone number, default country US, or null when it cannot be one. */
export function normalizeMobile(text: string): string | null {
  const phone = parsePhoneNumberFromString(text.trim(), 'US');
  return phone?.isPossible() ? phone.number : null;
}

/** Keyed hashes under which personal identifiers are stored and looked up. */
export class IdentifierHasher {
  constructor(private readonly keys: readonly [string, ...string[]]) {}

  /** The hash that is written: under the newest key (HMAC-SHA-256, base64url). */
  current(purpose: string, value: string): string {
    return digest(this.keys[0], purpose, value);
  }

  /** The hashes to look for: under every key, newest first. */
  all(purpose: string, value: string): string[] {
    return this.keys.map((key) => digest(key, purpose, value));
  }
}

function digest(key: string, purpose: string, value: string): string {
  return createHmac('sha256', key).update(`${purpose}\0${value}`).digest('base64url');
}
