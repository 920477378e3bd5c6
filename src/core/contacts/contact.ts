import type { Context } from '../../context';
import { CONTACT_REASONS, type ContactReason } from '../../store/batch-scrub';
import type { Channel } from '../../store/certificates';
import { formsOf, type NormalIdentifiers } from '../identifiers';
import { digestsOf, type PersonDigest } from '../identifiers/digests';

/** One email or mobile of somebody who is to be contacted. */
export interface ContactIdentifier extends PersonDigest {
  /** The keyed hashes under which certificates may name it. */
  hashes: string[];
  /** Those of them that are written today: opt-outs are remembered under no others. */
  current: string[];
}

/** A contact that is asked about: somebody, by one identifier or more, and what for. */
export interface AskedContact {
  identifiers: ContactIdentifier[];
  /** Absent: all of them. */
  channel?: Channel | undefined;
  /** The consent has to be of this type. */
  consentType?: string | undefined;
  /** The consent has to contain this, as `/verify/partial-match` compares. */
  term?: string | undefined;
}

export { CONTACT_REASONS };

/** The answer to a contact check, as it goes over the wire. */
export interface ContactAnswer {
  allowed: boolean;
  reason: ContactReason;
  /** The certificate that allows it. */
  certificate_id: string | null;
  /** When its consent was given, ISO 8601. */
  consent_opt_in: string | null;
  /** The types of what the person has agreed to and not opted out of. */
  consent_types: string[];
  /** The newest opt-out that applies, ISO 8601. */
  opted_out_at: string | null;
  checked_at: string;
}

/** The identifiers of a contact that are known in plain, in their normal form. */
export function plainContact({
  ctx,
  identifiers,
}: {
  ctx: Context;
  identifiers: NormalIdentifiers;
}): ContactIdentifier[] {
  return digestsOf(identifiers).map((digest) => {
    const { hashes: current } = hashedContact({ ctx, digest });
    const earlier = ctx.identifiers.ofEarlier(digest.kind, formsOf(identifiers, digest.kind));
    return { ...digest, hashes: [...current, ...earlier], current };
  });
}

/** An identifier of which only the SHA-256 is known; what earlier releases hashed cannot be found by it. */
export function hashedContact({
  ctx,
  digest,
}: {
  ctx: Context;
  digest: PersonDigest;
}): ContactIdentifier {
  const hashes = ctx.identifiers.allOfSha256(digest.kind, digest.sha256);
  return { ...digest, hashes, current: hashes };
}
