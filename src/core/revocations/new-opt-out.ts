import type { OptOut } from '../../store/certificates';
import type { Revocation } from '../../store/revocations';

/**
 * The `opt_out` of a certificate.
 * @param by the request that revokes it; null: nobody has
 */
export function newOptOut(
  by: Pick<Revocation, '_id' | 'method' | 'reason' | 'requested_at'> | null,
): OptOut {
  return {
    revoke: by !== null,
    revoked_at: by?.requested_at ?? null,
    method: by?.method ?? null,
    reason: by?.reason ?? null,
    revocation_id: by?._id ?? null,
  };
}
