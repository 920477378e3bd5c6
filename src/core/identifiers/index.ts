import type { Context } from '../../context';
import { invalid } from '../../errors';
import { normalizeEmail, olderEmails } from './email';
import { type MobileProblem, readMobile } from './mobile';
import type { PersonKind } from '../../lib/identifier-hasher';
import { visibleText } from './visible-text';

/** Email and mobile as a caller wrote them; null, empty or blank: not given. */
export interface GivenIdentifiers {
  email?: string | null | undefined;
  mobile?: string | null | undefined;
}

/** The normal forms of an email and of a mobile (E.164); null where none was given. */
export interface NormalIdentifiers {
  email: string | null;
  mobile: string | null;
  /** The email as it was written, where that is still known. */
  typedEmail?: string | null | undefined;
}

const MOBILE_PROBLEMS: Record<MobileProblem, string> = {
  invalid: 'must be a phone number',
  needs_country: 'must start with + and the country code, as in +44 7911 123456',
};

/**
 * Normalizes the given identifiers.
 * @throws AppError invalid_request naming `email` or `mobile`
 */
export function normalizeIdentifiers({ email, mobile }: GivenIdentifiers): NormalIdentifiers {
  return {
    email: isBlank(email) ? null : requiredEmail(email),
    mobile: isBlank(mobile) ? null : requiredMobile(mobile),
    typedEmail: email,
  };
}

/** Whether an identifier counts as not given. */
export function isBlank(text: string | null | undefined): text is '' | null | undefined {
  return text == null || visibleText(text) === '';
}

function requiredEmail(text: string): string {
  const email = normalizeEmail(text);
  if (email === null) throw invalid('email', 'must be an email address');
  return email;
}

function requiredMobile(text: string): string {
  const read = readMobile(text);
  if ('problem' in read) throw invalid('mobile', MOBILE_PROBLEMS[read.problem]);
  return read.number;
}

/** The keyed hashes to store. */
export function identifierHashes({
  ctx,
  identifiers,
}: {
  ctx: Context;
  identifiers: NormalIdentifiers;
}) {
  const { email, mobile } = identifiers;
  return {
    email_hash: email === null ? null : ctx.identifiers.ofPerson('email', email),
    mobile_hash: mobile === null ? null : ctx.identifiers.ofPerson('mobile', mobile),
  };
}

/**
 * The keyed hashes to look for, under every key in use: those of today, and those of earlier releases,
 * for what was no longer there in plain when hashes changed. Empty where none was given.
 */
export function identifierLookups({
  ctx,
  identifiers,
}: {
  ctx: Context;
  identifiers: NormalIdentifiers;
}) {
  const { email, mobile } = identifiers;
  const hasher = ctx.identifiers;
  return {
    email_hashes:
      email === null ? [] : hasher.lookUps('email', email, formsOf(identifiers, 'email')),
    mobile_hashes:
      mobile === null ? [] : hasher.lookUps('mobile', mobile, formsOf(identifiers, 'mobile')),
  };
}

/** What earlier releases may have hashed of an identifier: its normal form of today and, where they differ, of then. */
export function formsOf(identifiers: NormalIdentifiers, kind: PersonKind): string[] {
  const { email, mobile } = identifiers;
  if (kind === 'mobile') return mobile === null ? [] : [mobile];
  return email === null ? [] : [email, ...olderFormsOf(identifiers)];
}

/** The forms under which earlier releases may have stored the email, where they differ. */
export function olderFormsOf({ email, typedEmail }: NormalIdentifiers): string[] {
  return email === null ? [] : olderEmails(email, typedEmail);
}
