import type { Context } from '../../context';
import type { PersonKind } from '../../lib/identifier-hasher';
import { type GivenIdentifiers, normalizeIdentifiers } from '../identifiers';
import type { PersonDigest } from '../identifiers/digests';
import { givenSha256 } from '../identifiers/given-sha256';
import { type ContactIdentifier, hashedContact, plainContact } from './contact';

/** A person as a caller names them: in plain, by SHA-256, or both. */
export interface GivenContact extends GivenIdentifiers {
  email_sha256?: string | undefined;
  mobile_sha256?: string | undefined;
}

const KINDS: PersonKind[] = ['email', 'mobile'];

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
  for (const kind of KINDS) {
    const text = given[`${kind}_sha256`];
    if (text === undefined) continue;
    const digest = givenSha256(kind, text);
    if (!isKnown(read, digest)) read.push(hashedContact({ ctx, digest }));
  }
  return read;
}

function isKnown(read: ContactIdentifier[], { kind, sha256 }: PersonDigest): boolean {
  return read.some((one) => one.kind === kind && one.sha256 === sha256);
}
