import type { OptOut } from '../../store/certificates';
import type { Revocation } from '../../store/revocations';

/** Of a certificate that nothing was ever asked of. */
const NOTHING = {
  revoke: false,
  revoked_at: null,
  method: null,
  reason: null,
  revocation_id: null,
};

/**
 * The `opt_out` of a certificate.
 * @param by the request that revokes it, or opts out of some channels; null: nobody has
 */
export function newOptOut(
  by: Pick<Revocation, '_id' | 'method' | 'reason' | 'requested_at' | 'channels'> | null,
): OptOut {
  if (by === null) return NOTHING;
  const { _id: revocation_id, method, reason, requested_at, channels } = by;
  if (channels === undefined) {
    return { revoke: true, revoked_at: requested_at, method, reason, revocation_id };
  }
  const requests = [{ revocation_id, method, at: requested_at, channels }];
  return { ...NOTHING, channels, requests };
}
