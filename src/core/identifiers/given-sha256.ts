import { invalid } from '../../errors';
import type { PersonKind } from '../../lib/identifier-hasher';
import { isSha256OfNothing, type PersonDigest, readSha256 } from './digests';

const ITSELF = { email: 'the email address itself', mobile: 'the phone number itself' };
/** Hex has 64 characters, base64 at least 43, and no phone number comes near. */
const SHORTEST = 43;
const OF_NOTHING = 'is the SHA-256 of an empty text, and names nobody';

/**
 * Reads the SHA-256 of an email or mobile as a caller gave it, in hex or base64.
 * @throws AppError invalid_request naming `email_sha256` or `mobile_sha256`
 */
export function givenSha256(kind: PersonKind, text: string): PersonDigest {
  const sha256 = readSha256(text);
  if (sha256 === null) throw invalid(`${kind}_sha256`, problemOf(text, ITSELF[kind]));
  return { kind, sha256 };
}

function problemOf(text: string, itself: string): string {
  if (isSha256OfNothing(text)) return OF_NOTHING;
  const { length } = text.trim();
  const isPlain = text.includes('@') || (length < SHORTEST && /^[\d\s()+.-]+$/.test(text));
  if (isPlain) return `must be the SHA-256 in hex or base64, not ${itself}`;
  return `must be a SHA-256: 64 digits of hex or 44 characters of base64, not these ${String(length)} characters`;
}
