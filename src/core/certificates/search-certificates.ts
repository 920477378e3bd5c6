import { createHash } from 'node:crypto';
import { certificateView, type CertificateView } from './certificate-view';
import { identifierLookups } from '../identifiers';
import { removedIds, removedSessions } from '../identifiers/removed-ids';
import type { Context } from '../../context';
import { emailBeginnings, normalizeEmail } from '../identifiers/email';
import { normalizeId } from '../identifiers/id';
import { normalizeMobile } from '../identifiers/mobile';
import { findByReference, readReference } from '../references/find-by-reference';
import type { CertificateNames, CertificateSearch } from '../../store/certificate-search';
import type { PageRequest } from '../../store/paging';

/** No more than this can be confirmed at once; a bigger campaign is a CSV file. */
export const MAX_SELECTION = 100_000;

/** More are not counted. */
const MAX_COUNTED = 100_000;
/** What the id of every certificate begins with. */
const ID_PREFIX = 'EC-';

/** What was typed and selected above the list of certificates; a certificate meets all of it. */
export interface CertificateFilter {
  /**
   * The beginning of a certificate's id, of a session's or of an email; a whole phone number; or a
   * reference number, revocation id or batch id, for all that it revoked. Empty: all.
   */
  text: string;
  status?: 'active' | 'revoked' | undefined;
  /** Public reference of the property that captured it. */
  propertyRef?: string | undefined;
  /** Registered at or after. */
  from?: Date | undefined;
  /** Registered before. */
  to?: Date | undefined;
}

interface Request {
  ctx: Context;
  companyId: string;
  wish: CertificateFilter;
}

/** Everything found that is not revoked, at one moment. */
export interface Matching {
  ids: string[];
  /** Differs for other ids, or another order. */
  fingerprint: string;
  /** More were found than can be confirmed at once. */
  tooMany: boolean;
}

/**
 * A page of the certificates found, newest first.
 * @throws AppError search_too_long; invalid_request naming `cursor`
 */
export async function searchCertificates({
  ctx,
  companyId,
  wish,
  ...page
}: Request & PageRequest): Promise<{
  certificates: CertificateView[];
  next_cursor: string | null;
  previous_cursor: string | null;
}> {
  const search = await toSearch(ctx, companyId, wish);
  const { items, ...cursors } = await ctx.store.certificateSearch.page(companyId, search, page);
  return { certificates: items.map(certificateView), ...cursors };
}

/** How many certificates are found, counted up to 100,000; null: that would take too long. */
export async function countFound({
  ctx,
  companyId,
  wish,
}: Request): Promise<{ count: number; isMore: boolean } | null> {
  const search = await toSearch(ctx, companyId, wish);
  const found = await ctx.store.certificateSearch.count(companyId, search, MAX_COUNTED + 1);
  if (found === null) return null;
  return { count: Math.min(found, MAX_COUNTED), isMore: found > MAX_COUNTED };
}

/**
 * All certificates found that can still be revoked.
 * @throws AppError search_too_long
 */
export async function matchingCertificates({ ctx, companyId, wish }: Request): Promise<Matching> {
  const search = await toSearch(ctx, companyId, wish);
  const found =
    wish.status === 'revoked'
      ? []
      : await ctx.store.certificateSearch.ids(
          companyId,
          { ...search, revoked: false },
          MAX_SELECTION + 1,
        );
  const ids = found.slice(0, MAX_SELECTION);
  const fingerprint = createHash('sha256').update(JSON.stringify(ids)).digest('base64url');
  return { ids, fingerprint, tooMany: found.length > MAX_SELECTION };
}

async function toSearch(
  ctx: Context,
  companyId: string,
  { text, status, propertyRef, from, to }: CertificateFilter,
): Promise<CertificateSearch> {
  const revoked = status === undefined ? undefined : status === 'revoked';
  const names = await namesIn(ctx, companyId, text);
  return { names, revoked, property_ref: propertyRef, from, to };
}

const NOTHING: CertificateNames = {
  id_prefixes: [],
  email_prefixes: [],
  ids: [],
  session_ids: [],
  email_hashes: [],
  mobile_hashes: [],
  revocation_ids: [],
  revocation_prefixes: [],
};

async function namesIn(
  ctx: Context,
  companyId: string,
  text: string,
): Promise<CertificateNames | null> {
  const id = normalizeId(text);
  // What every certificate begins with says nothing.
  if (ID_PREFIX.startsWith(id)) return null;
  if (readReference(text) !== null) {
    const found = await findByReference({ ctx, companyId, text });
    return { ...NOTHING, revocation_ids: found?.revocations.map(({ _id }) => _id) ?? [] };
  }
  const person = { email: normalizeEmail(text), mobile: normalizeMobile(text), typedEmail: text };
  return {
    ...NOTHING,
    ...identifierLookups({ ctx, identifiers: person }),
    id_prefixes: [id],
    email_prefixes: emailBeginnings(text),
    ids: removedIds({ ctx, id }),
    session_ids: removedSessions({ ctx, companyId, sessionId: id }),
    revocation_ids: /^(rev_|bat_.*\.)/.test(id) ? [id] : [],
    // A batch, whose parts have ids that go on with a dot.
    revocation_prefixes: /^bat_[^.]*$/.test(id) ? [`${id}.`] : [],
  };
}
