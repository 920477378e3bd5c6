import { domainToASCII, domainToUnicode } from 'node:url';
import { TYPED_MAX_CHARACTERS, unwrapped, visibleText, withoutWidth } from './visible-text';

/** The longest email accepted. */
export const EMAIL_MAX_CHARACTERS = 320;

/** What most addresses look like; they are in their normal form once in lower case. */
const PLAIN = /^[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?!.*xn--)[a-z0-9-]+(?:\.[a-z0-9-]+)+$/;
/** RFC 5321 and 6531, read leniently: providers exist that allow dots anywhere. */
const LOCAL_PART = /^[^\s\p{Cc}\p{Cs}@<>()[\],;:\\"]+$/u;
const QUOTED_LOCAL_PART = /^"((?:[^"\\\p{Cc}\p{Cs}]|\\[^\p{Cc}\p{Cs}])+)"$/u;
const DOMAIN = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;
/** The root of the domain names, or the end of a sentence. */
const TRAILING_DOTS = /[.。．｡\s]+$/u;
const ADDRESS_LITERAL = /^\[(?:ipv6:)?[0-9a-f.:]+\]$/;

/**
 * The normal form of an email address, or null when the text is none: visible characters only,
 * unwrapped (`Ann <a@x>`, `mailto:a@x`, quotes, separators), lower case, Unicode NFC, the domain in
 * the ASCII form of UTS 46. Otherwise lenient: whatever can be captured must be revocable.
 */
export function normalizeEmail(text: string): string | null {
  if (text.length > TYPED_MAX_CHARACTERS) return null;
  const lower = text.trim().toLowerCase();
  if (PLAIN.test(lower)) return lower.length <= EMAIL_MAX_CHARACTERS ? lower : null;
  const address = addressIn(withoutWidth(visibleText(text)));
  const at = address.lastIndexOf('@');
  const local = localPart(address.slice(0, Math.max(at, 0)).trim());
  const domain = normalDomain(address.slice(at + 1).trim());
  if (at < 1 || local === null || domain === null) return null;
  const email = `${local}@${domain}`;
  return email.length <= EMAIL_MAX_CHARACTERS ? email : null;
}

/**
 * What the normal forms of emails begin with that begin with this text.
 * A domain that is not in ASCII counts once it is complete.
 */
export function emailBeginnings(text: string): string[] {
  if (text.length > TYPED_MAX_CHARACTERS) return [];
  const typed = lowerCase(withoutWidth(visibleText(text)));
  const whole = normalizeEmail(text);
  const beginnings = /^[^\s\p{Cc}]+$/u.test(typed) ? [typed] : [];
  return whole === null || whole === typed ? beginnings : [...beginnings, whole];
}

/**
 * The forms under which earlier releases may have stored what is this email today, where they
 * differ: they left domains as they were written.
 * @param email in its normal form
 * @param typed as a caller wrote it, where that is still known
 */
export function olderEmails(email: string, typed: string | null | undefined = null): string[] {
  const older = [
    email.includes('xn--') ? withUnicodeDomain(email) : null,
    typed == null ? null : formerEmail(typed),
  ];
  return older.filter(
    (form, i) => form !== null && form !== email && older.indexOf(form) === i,
  ) as string[];
}

function withUnicodeDomain(email: string): string {
  const at = email.lastIndexOf('@') + 1;
  return email.slice(0, at) + domainToUnicode(email.slice(at));
}

/** What was the normal form up to version 0.2. */
function formerEmail(text: string): string | null {
  const email = text.normalize('NFC').trim().toLowerCase();
  return email.length <= EMAIL_MAX_CHARACTERS && /^[^\s@]+@[^\s@]+$/.test(email) ? email : null;
}

/** The address in what was typed around it. */
function addressIn(text: string): string {
  const quoted = /^"(?:[^"\\]|\\.)+"@[^"<>]+$/u;
  const bracketed = [...text.matchAll(/<([^<>]*@[^<>]*)>/gu)];
  let address = bracketed.length === 1 ? (bracketed[0]?.[1] ?? '') : text;
  // Each round takes off one layer: `("mailto:a@x")`.
  for (let before = ''; before !== address;) {
    before = address;
    address = address.replace(TRAILING_DOTS, '').trim();
    if (quoted.test(address)) break;
    address = withoutScheme(unwrapped(withoutComments(address)));
  }
  return address;
}

/** RFC 5322 comments at either end: `a@x (Ann)`. */
function withoutComments(text: string): string {
  const bare = text.replace(/^\([^()@]*\)\s*/u, '').replace(/\s*\([^()@]*\)$/u, '');
  // A bracket that has lost its partner; that of an address literal has one.
  return bare
    .replace(/^[([](?![^([]*[)\]])/u, '')
    .replace(/(?<!\([^)]*)\)$/u, '')
    .replace(/(?<!\[[^\]]*)\]$/u, '');
}

/** RFC 6068, with its parameters and percent-encoding; `smtp:` is how directories write it. */
function withoutScheme(text: string): string {
  const match = /^(mailto|smtp):(?:\/\/)?\s*(.*)$/isu.exec(text);
  if (!match) return text;
  const address = (match[2] ?? '').replace(/\?.*$/su, '');
  try {
    return decodeURIComponent(address);
  } catch {
    return address;
  }
}

/** Case is ignored, though a server might not; so is the difference between σ and ς. */
function lowerCase(text: string): string {
  return text.toLowerCase().replaceAll('ς', 'σ').normalize('NFC');
}

function localPart(text: string): string | null {
  const lower = lowerCase(text);
  if (LOCAL_PART.test(lower)) return lower;
  const inside = QUOTED_LOCAL_PART.exec(lower)?.[1]?.replace(/\\(.)/gu, '$1');
  if (inside === undefined) return null;
  // RFC 5321, 4.1.2: quotes that are not needed make no difference.
  return LOCAL_PART.test(inside) ? inside : `"${inside.replace(/["\\]/g, '\\$&')}"`;
}

function normalDomain(text: string): string | null {
  const lower = text.toLowerCase();
  if (DOMAIN.test(lower) && !lower.includes('xn--')) return lower;
  if (ADDRESS_LITERAL.test(lower)) return lower;
  // Characters that would end a host in a URL.
  if (/[\s#%/:<>?@[\\\]^|\p{Cc}\p{Cs}]/u.test(lower)) return null;
  // Decoded first: an ASCII form can hide what is invisible, too.
  const unicode = /[^\p{ASCII}]/u.test(lower) ? lower : domainToUnicode(lower);
  const ascii = domainToASCII(visibleText(unicode)).replace(/\.$/, '');
  return DOMAIN.test(ascii) ? ascii : null;
}
