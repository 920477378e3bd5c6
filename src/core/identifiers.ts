import type { Context } from '../context';
import { invalid } from '../errors';
import { normalizeEmail, normalizeMobile } from '../lib/identifier-hasher';

/** Email and mobile as a caller wrote them. */
export interface GivenIdentifiers {
  email?: string | null | undefined;
  mobile?: string | null | undefined;
}

/** Email trimmed and lower-cased, mobile in E.164; null where none was given. */
export interface NormalIdentifiers {
  email: string | null;
  mobile: string | null;
}

/**
 * Normalizes the given identifiers.
 * @throws AppError invalid_request naming `email` or `mobile`
 */
export function normalizeIdentifiers({ email, mobile }: GivenIdentifiers): NormalIdentifiers {
  const normal = {
    email: email == null ? null : normalizeEmail(email),
    mobile: mobile == null ? null : normalizeMobile(mobile),
  };
  if (email != null && normal.email === null) throw invalid('email', 'must be an email address');
  if (mobile != null && normal.mobile === null) throw invalid('mobile', 'must be a phone number');
  return normal;
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
    email_hash: email === null ? null : ctx.identifiers.current('email', email),
    mobile_hash: mobile === null ? null : ctx.identifiers.current('mobile', mobile),
  };
}

/** The keyed hashes to look for, under every key in use; empty where none was given. */
export function identifierLookups({
  ctx,
  identifiers,
}: {
  ctx: Context;
  identifiers: NormalIdentifiers;
}) {
  const { email, mobile } = identifiers;
  return {
    email_hashes: email === null ? [] : ctx.identifiers.all('email', email),
    mobile_hashes: mobile === null ? [] : ctx.identifiers.all('mobile', mobile),
  };
}
