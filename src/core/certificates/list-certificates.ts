import type { Context } from '../../context';
import type { PageRequest } from '../../store/paging';
import { certificateView, type CertificateView } from './certificate-view';
import { identifierLookups, normalizeIdentifiers } from '../identifiers';
import { removedSessions } from '../identifiers/removed-ids';

/** Which certificates to list: those that meet every condition given. */
export interface CertificateQuery extends PageRequest {
  email?: string | null | undefined;
  mobile?: string | null | undefined;
  session_id?: string | undefined;
  status?: 'active' | 'revoked' | undefined;
}

/**
 * A page of a company's certificates, newest first.
 * @throws AppError invalid_request naming `email`, `mobile` or `cursor`
 */
export async function listCertificates({
  ctx,
  companyId,
  query,
}: {
  ctx: Context;
  companyId: string;
  query: CertificateQuery;
}): Promise<{
  certificates: CertificateView[];
  next_cursor: string | null;
}> {
  const lookups = identifierLookups({ ctx, identifiers: normalizeIdentifiers(query) });
  const { session_id: sessionId } = query;
  const { items, next_cursor } = await ctx.store.certificates.list(
    companyId,
    {
      email_hashes: orAny(lookups.email_hashes),
      mobile_hashes: orAny(lookups.mobile_hashes),
      session_ids:
        sessionId === undefined
          ? undefined
          : [sessionId, ...removedSessions({ ctx, companyId, sessionId })],
      revoked: query.status === undefined ? undefined : query.status === 'revoked',
    },
    query,
  );
  return { certificates: items.map(certificateView), next_cursor };
}

/** No hashes, no condition. */
function orAny(hashes: string[]): string[] | undefined {
  return hashes.length > 0 ? hashes : undefined;
}
