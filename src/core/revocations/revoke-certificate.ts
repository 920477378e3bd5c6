import { AppError } from '../../errors';
import type { Session } from '../../store';
import { findOrRemoved, removedIds } from '../identifiers/removed-ids';
import {
  flagAndEnqueue,
  recordRevocation,
  type RevocationRequest,
  type RevocationResult,
} from './record-revocation';

/**
 * Revokes one certificate of a company. If it was already revoked, no matter by whom, the result has
 * `revoked` 0 and the time and id of that revocation.
 * @throws AppError certificate_not_found, also for another company's
 */
export async function revokeCertificate(
  request: RevocationRequest & { certificateId: string },
): Promise<RevocationResult> {
  const revocation = await recordRevocation({
    ...request,
    part: 0,
    resolve: async (session) => {
      const { _id, opt_out } = await fetchCertificate(request, session);
      return opt_out.revoke ? [] : [_id];
    },
  });
  const revokedIds = revocation ? await flagAndEnqueue({ ctx: request.ctx, revocation }) : [];
  if (revocation && revokedIds.length > 0) {
    return {
      revoked: revokedIds.length,
      certificates: [request.certificateId],
      timestamp: revocation.requested_at,
      revocation_id: revocation._id,
    };
  }
  // In a transaction, whose commit waits for a majority: a flag seen here cannot be rolled back.
  const { opt_out } = await request.ctx.store.transaction((session) =>
    fetchCertificate(request, session),
  );
  // Not revoked: it was deleted and captured again in the meantime, and this is the new one.
  if (!opt_out.revoked_at) throw new AppError('certificate_not_found');
  return {
    revoked: 0,
    certificates: [],
    timestamp: opt_out.revoked_at,
    revocation_id: opt_out.revocation_id,
  };
}

async function fetchCertificate(
  { ctx, companyId, certificateId }: RevocationRequest & { certificateId: string },
  session: Session,
) {
  const certificate = await findOrRemoved({
    id: certificateId,
    removed: (id) => removedIds({ ctx, id }),
    find: (id) => ctx.store.certificates.find(companyId, id, session),
  });
  if (!certificate) throw new AppError('certificate_not_found');
  return certificate;
}
