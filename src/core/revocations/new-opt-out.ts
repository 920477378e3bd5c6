import type { RevokedGroup } from '../../store/certificate-revoking';
import type { ChannelRequest, OptOut } from '../../store/certificates';
import type { Revocation } from '../../store/revocations';

/** The request that revokes, or opts out of some channels. */
type FlaggingRequest = Pick<Revocation, '_id' | 'method' | 'reason' | 'requested_at' | 'channels'>;

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
export function newOptOut(by: FlaggingRequest | null): OptOut {
  if (by === null) return NOTHING;
  const request = channelRequest(by);
  return request
    ? { ...NOTHING, channels: request.channels, requests: [request] }
    : revokedOptOut(by);
}

/** The flags that a request sets, as the store takes them. */
export function flagsOf(by: FlaggingRequest & { certificate_ids: string[] }): RevokedGroup {
  const request = channelRequest(by);
  return { ids: by.certificate_ids, optOut: revokedOptOut(by), ...(request && { request }) };
}

function revokedOptOut({ _id, method, reason, requested_at }: FlaggingRequest) {
  return { revoke: true as const, revoked_at: requested_at, method, reason, revocation_id: _id };
}

/** Null: it revokes. */
function channelRequest(by: FlaggingRequest): ChannelRequest | null {
  const { _id, method, requested_at: at, channels } = by;
  return channels ? { revocation_id: _id, method, at, channels } : null;
}
