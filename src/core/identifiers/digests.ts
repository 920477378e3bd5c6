import { type PersonKind, sha256 } from '../../lib/identifier-hasher';
import type { NormalIdentifiers } from '.';

/** The SHA-256 of an email or mobile in its normal form, a character for each byte. */
export interface PersonDigest {
  kind: PersonKind;
  sha256: string;
}

const HEX = /^[0-9a-f]{64}$/i;
/** 32 bytes: 43 characters, whose last has four bits, and padding. */
const BASE64 = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=?$/;
const BASE64URL = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]=?$/;

/** The SHA-256 of what identifies a person: of the normalised email, of the E.164 number. */
export function digestsOf({ email, mobile }: NormalIdentifiers): PersonDigest[] {
  return [
    ...(email === null ? [] : [{ kind: 'email' as const, sha256: sha256(email) }]),
    ...(mobile === null ? [] : [{ kind: 'mobile' as const, sha256: sha256(mobile) }]),
  ];
}

/** Of nothing: what exports write that hash empty cells, too. */
const OF_NOTHING = sha256('');

/** Reads a SHA-256 in hex or base64 of somebody; null: it is none, or that of an empty text. */
export function readSha256(text: string): string | null {
  const sum = decode(text.trim());
  return sum === OF_NOTHING ? null : sum;
}

/** Whether this is the SHA-256 of an empty text, which names nobody. */
export function isSha256OfNothing(text: string): boolean {
  return decode(text.trim()) === OF_NOTHING;
}

function decode(text: string): string | null {
  if (HEX.test(text)) return Buffer.from(text, 'hex').toString('binary');
  if (!BASE64.test(text) && !BASE64URL.test(text)) return null;
  return Buffer.from(text, 'base64').toString('binary');
}
