import type { Context } from '../../context';
import { identifierLookups, type NormalIdentifiers } from '../identifiers';
import { normalizeEmail, olderEmails } from '../identifiers/email';
import { isId, normalizeId } from '../identifiers/id';
import { readMobile } from '../identifiers/mobile';
import { looksLikePhone } from '../identifiers/phone-text';
import { unwrapped, withoutWidth } from '../identifiers/visible-text';
import type { PersonNames } from '../../store/person-lookups';
import { removedIds } from '../identifiers/removed-ids';

/** What a consumer identifies themselves by, in its normal form. */
export interface PersonIdentifier {
  kind: 'email' | 'mobile' | 'certificate_id';
  value: string;
  /** An email as it was written, where an earlier release would have stored it otherwise. */
  typed?: string | undefined;
}

/** What ids of certificates and consents start with; a hyphen may have become a dash on its way. */
const OWN_PREFIX = /^(?:EC\p{Pd}|CX[0-9a-f]{8})/iu;
/** A single word with a digit or a hyphen in it, not a name or a greeting. */
const ID_WORD = /^(?=.*[\d_-])[A-Za-z0-9._~-]{8,}$/;

/** What a text looks like that is no identifier; `country`: a phone number without its country. */
export type Unreadable = 'email' | 'mobile' | 'country' | 'nothing';

/**
 * Works out which kind of identifier was typed into the one field for all of them.
 * @returns the identifier; if it is none, what it looks like
 */
export function readIdentifier(text: string): PersonIdentifier | Unreadable {
  const typed = normalizeId(text.normalize('NFC'));
  const bare = unwrapped(typed);
  // Checked first: the session within a certificate id can look like anything.
  if (OWN_PREFIX.test(bare)) return ownId(bare);
  if (withoutWidth(typed).includes('@')) {
    return readEmail(text) ?? 'email';
  }
  const mobile = readMobile(typed);
  if ('number' in mobile) return { kind: 'mobile', value: mobile.number };
  if (looksLikePhone(typed)) return mobile.problem === 'needs_country' ? 'country' : 'mobile';
  return ID_WORD.test(bare) ? ownId(bare) : 'nothing';
}

/** An email as it was written, or as a link of an earlier release names it; null: it is none. */
export function readEmail(text: string): PersonIdentifier | null {
  const value = normalizeEmail(text);
  if (value === null) return null;
  const differs = olderEmails(value, text).length > olderEmails(value).length;
  return { kind: 'email', value, ...(differs && { typed: text }) };
}

function ownId(typed: string): PersonIdentifier | 'nothing' {
  const value = typed
    .replace(/^EC\p{Pd}/iu, 'EC-')
    .replace(/^CX[0-9a-f]{8}.*$/i, (id) => `CX${id.slice(2).toLowerCase()}`);
  return isId(value) ? { kind: 'certificate_id', value } : 'nothing';
}

/**
 * The identifier under which something is stored: an id that was typed in another case becomes the one
 * that exists, if there is just one.
 */
export async function asStored({
  ctx,
  identifier,
}: {
  ctx: Context;
  identifier: PersonIdentifier;
}): Promise<PersonIdentifier> {
  if (identifier.kind !== 'certificate_id') return identifier;
  const id = await ctx.store.people.idInAnyCase(identifier.value);
  return id === null ? identifier : { kind: 'certificate_id', value: id };
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
  if (kind === 'certificate_id') {
    return { certificate_ids: [value, ...removedIds({ ctx, id: value })] };
  }
  const identifiers = personOf(identifier);
  const { email_hashes, mobile_hashes } = identifierLookups({ ctx, identifiers });
  return kind === 'email' ? { email_hashes } : { mobile_hashes };
}

/** The person that an email or a mobile names; nobody for an id. */
export function personOf({ kind, value, typed }: PersonIdentifier): NormalIdentifiers {
  return {
    email: kind === 'email' ? value : null,
    mobile: kind === 'mobile' ? value : null,
    typedEmail: typed,
  };
}
