import type { Context } from '../../context';
import { normalizeEmail, normalizeMobile } from '../../lib/identifier-hasher';
import type { NamedBy } from '../revocations/revoke-by-identifiers';
import type { PersonNames } from '../../store/person-lookups';

/** What a consumer identifies themselves by, in its normal form. */
export interface PersonIdentifier {
  kind: 'email' | 'mobile' | 'certificate_id';
  value: string;
}

const ID_MAX_CHARACTERS = 200;
const CERTIFICATE_PREFIX = 'EC-';

/**
 * Works out which kind of identifier was typed into the one field for all of them.
 * @returns the identifier; if it is malformed, what it looks like (`email`, `mobile`), or `nothing`
 */
export function readIdentifier(text: string): PersonIdentifier | 'email' | 'mobile' | 'nothing' {
  const typed = text.normalize('NFC').trim();
  // Checked first: the session within a certificate id can look like anything.
  if (typed.startsWith(CERTIFICATE_PREFIX)) return certificateId(typed);
  if (typed.includes('@')) {
    const email = normalizeEmail(typed);
    return email === null ? 'email' : { kind: 'email', value: email };
  }
  if (/^[+(]?\d[\d\s().+/-]*$/.test(typed)) {
    const mobile = normalizeMobile(typed);
    return mobile === null ? 'mobile' : { kind: 'mobile', value: mobile };
  }
  return /\s/.test(typed) ? 'nothing' : certificateId(typed);
}

function certificateId(typed: string): PersonIdentifier | 'nothing' {
  const possible = /^[^\u0000-\u001f\u007f]+$/.test(typed) && typed.length <= ID_MAX_CHARACTERS;
  return possible ? { kind: 'certificate_id', value: typed } : 'nothing';
}

/** How it is looked up across companies, under every key in use. */
export function namesOf({
  ctx,
  identifier,
}: {
  ctx: Context;
  identifier: PersonIdentifier;
}): PersonNames {
  const { kind, value } = identifier;
  if (kind === 'certificate_id') return { certificate_id: value };
  const hashes = ctx.identifiers.all(kind, value);
  return kind === 'email' ? { email_hashes: hashes } : { mobile_hashes: hashes };
}

/** How it is named within one company. */
export function namedBy({ kind, value }: PersonIdentifier): NamedBy {
  return { [kind]: value };
}
