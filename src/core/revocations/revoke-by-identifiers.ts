import { identifierLookups, normalizeIdentifiers, type NormalIdentifiers } from '../identifiers';
import { digestsOf } from '../identifiers/digests';
import { AppError, invalid } from '../../errors';
import { removedIds } from '../identifiers/removed-ids';
import { fewerThanAll } from './channels';
import { MAX_CERTIFICATES_PER_REQUEST } from './count-flagged';
import {
  flagAndEnqueue,
  recordRevocation,
  type Resolve,
  type RevocationRequest,
  type RevocationResult,
} from './record-revocation';

/** What names the certificates; everything that any of them names is revoked. */
export interface NamedBy {
  certificate_id?: string | undefined;
  email?: string | null | undefined;
  mobile?: string | null | undefined;
}

/**
 * Revokes every certificate that a company has now and that any of the identifiers names, or opts
 * them out of some channels. The flags are on a majority before it returns; audit and completion
 * follow through the queue.
 * @throws AppError company_not_found; invalid_request naming an identifier or `channels`
 */
export async function revokeByIdentifiers(
  request: RevocationRequest & { identifiers: NamedBy },
): Promise<RevocationResult> {
  const { ctx, companyId } = request;
  const normal = normalizeIdentifiers(request.identifiers);
  const resolve = resolver(request, normal);
  if (!(await ctx.store.companies.find(companyId))) throw new AppError('company_not_found');
  const result = await revokeAllFound({ ...request, digests: digestsOf(normal), resolve });
  // What was removed is named as the caller named it.
  const [given, ...removed] = idsOf(request);
  const certificates = result.certificates.map((id) =>
    given !== undefined && removed.includes(id) ? given : id,
  );
  return { ...result, certificates };
}

/**
 * Revokes what `resolve` finds, recorded in as many parts as it takes.
 * @param resolve gives up to 10,000 ids that are not revoked yet, or not opted out of the channels
 */
export async function revokeAllFound(
  request: RevocationRequest & { resolve: Resolve },
): Promise<RevocationResult> {
  const { ctx, resolve } = request;
  const result: RevocationResult = {
    revoked: 0,
    certificates: [],
    timestamp: ctx.now(),
    revocation_id: null,
  };
  for (let part = 0; ; part++) {
    const revocation = await recordRevocation({ ...request, part, resolve });
    if (!revocation) return result;
    const revokedIds = await flagAndEnqueue({ ctx, revocation });
    if (revokedIds.length > 0 && result.revocation_id === null) {
      result.revocation_id = revocation._id;
      result.timestamp = revocation.requested_at;
    }
    result.revoked += revokedIds.length;
    result.certificates = result.certificates.concat(revokedIds);
    // A part that is not full was the last; anything found later is new consent.
    if (revocation.certificate_ids.length < MAX_CERTIFICATES_PER_REQUEST) return result;
  }
}

/** The certificate's id, and what may have taken its place; empty when none was given. */
function idsOf({ ctx, identifiers }: RevocationRequest & { identifiers: NamedBy }): string[] {
  const { certificate_id: id } = identifiers;
  return id === undefined ? [] : [id, ...removedIds({ ctx, id })];
}

/** Finds what is still to be revoked. */
function resolver(
  request: RevocationRequest & { identifiers: NamedBy },
  normal: NormalIdentifiers,
): Resolve {
  const { ctx, companyId } = request;
  const channels = fewerThanAll(request.channels);
  const { certificate_id } = request.identifiers;
  if (certificate_id === undefined && normal.email === null && normal.mobile === null) {
    throw invalid('certificate_id', 'one of certificate_id, email and mobile is required');
  }
  const certificate_ids = idsOf(request);
  const lookups = { certificate_ids, ...identifierLookups({ ctx, identifiers: normal }) };
  return (session) =>
    ctx.store.certificates.idsByIdentifiers(
      companyId,
      lookups,
      MAX_CERTIFICATES_PER_REQUEST,
      session,
      { channels },
    );
}
