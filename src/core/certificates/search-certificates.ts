import { createHash } from 'node:crypto';
import { certificateView, type CertificateView } from './certificate-view';
import { identifierLookups } from '../identifiers';
import { removedIds, removedSessions } from '../identifiers/removed-ids';
import type { Context } from '../../context';
import { normalizeEmail } from '../identifiers/email';
import { normalizeId } from '../identifiers/id';
import { normalizeMobile } from '../identifiers/mobile';
import type { CertificateSearch } from '../../store/certificate-search';
import type { PageRequest } from '../../store/paging';

/** No more than this can be confirmed at once; a bigger campaign is a CSV file. */
export const MAX_SELECTION = 100_000;

/** What was typed and selected above the list of certificates. */
export interface CertificateFilter {
  /** An exact certificate id, session id, email or phone number. Empty: all. */
  text: string;
  status?: 'active' | 'revoked' | undefined;
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
 * @throws AppError invalid_request naming `cursor`
 */
export async function searchCertificates({
  ctx,
  companyId,
  wish,
  ...page
}: Request & PageRequest): Promise<{
  certificates: CertificateView[];
  next_cursor: string | null;
}> {
  const search = toSearch(ctx, companyId, wish);
  const { items, next_cursor } = await ctx.store.certificateSearch.page(companyId, search, page);
  return { certificates: items.map(certificateView), next_cursor };
}

/** All certificates found that can still be revoked. */
export async function matchingCertificates({ ctx, companyId, wish }: Request): Promise<Matching> {
  const search = toSearch(ctx, companyId, wish);
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

function toSearch(
  ctx: Context,
  companyId: string,
  { text, status }: CertificateFilter,
): CertificateSearch {
  const id = normalizeId(text);
  const revoked = status === undefined ? undefined : status === 'revoked';
  if (id === '') return { names: null, revoked };
  const person = { email: normalizeEmail(text), mobile: normalizeMobile(text), typedEmail: text };
  const ids = [id, ...removedIds({ ctx, id })];
  const session_ids = [id, ...removedSessions({ ctx, companyId, sessionId: id })];
  const names = { ids, session_ids, ...identifierLookups({ ctx, identifiers: person }) };
  return { names, revoked };
}
