import type { Context } from '../../context';
import { invalid } from '../../errors';
import type { PersonKind } from '../../lib/identifier-hasher';
import { type GivenIdentifiers, normalizeIdentifiers } from '../identifiers';
import { isSha256OfNothing, readSha256 } from '../identifiers/digests';
import { type ContactIdentifier, hashedContact, plainContact } from './contact';

/** A person as a caller names them: in plain, by SHA-256, or both. */
export interface GivenContact extends GivenIdentifiers {
  email_sha256?: string | undefined;
  mobile_sha256?: string | undefined;
}

const HASHED = [
  ['email_sha256', 'email', 'the email address itself'],
  ['mobile_sha256', 'mobile', 'the phone number itself'],
] as const;
/** Hex has 64 characters, base64 at least 43, and no phone number comes near. */
const SHORTEST = 43;
const OF_NOTHING = 'is the SHA-256 of an empty text, and names nobody';

/**
 * Reads whom a contact check is about. What is given twice, in plain and hashed, counts once.
 * @throws AppError invalid_request naming `email`, `mobile`, `email_sha256` or `mobile_sha256`
 */
export function readContact({
  ctx,
  given,
}: {
  ctx: Context;
  given: GivenContact;
}): ContactIdentifier[] {
  const read = plainContact({ ctx, identifiers: normalizeIdentifiers(given) });
  for (const [field, kind, itself] of HASHED) {
    const text = given[field];
    if (text === undefined) continue;
    const sha256 = readSha256(text);
    if (sha256 === null) throw invalid(field, problemOf(text, itself));
    if (!isKnown(read, kind, sha256)) read.push(hashedContact({ ctx, digest: { kind, sha256 } }));
  }
  return read;
}

function isKnown(read: ContactIdentifier[], kind: PersonKind, sha256: string): boolean {
  return read.some((one) => one.kind === kind && one.sha256 === sha256);
}

function problemOf(text: string, itself: string): string {
  if (isSha256OfNothing(text)) return OF_NOTHING;
  const { length } = text.trim();
  const isPlain = text.includes('@') || (length < SHORTEST && /^[\d\s()+.-]+$/.test(text));
  if (isPlain) return `must be the SHA-256 in hex or base64, not ${itself}`;
  return `must be a SHA-256: 64 digits of hex or 44 characters of base64, not these ${String(length)} characters`;
}
