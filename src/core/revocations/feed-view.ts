import type { Context } from '../../context';
import type { Session } from '../../store';
import { type Channel, CHANNELS, type RevocationMethod } from '../../store/certificates';
import type { ConsentRevocation } from '../../store/consent-revocations';
import type { Revocation } from '../../store/revocations';

/** What a request has revoked, as a feed tells it: ids and times, nothing of the person. */
export interface FeedItem {
  revocation_id: string;
  /** The file or list that it is a part of. */
  batch_id: string | null;
  method: RevocationMethod;
  /** What was opted out of; all of them: it revoked. */
  channels: Channel[];
  /** Of what it revoked; one of the two is empty. */
  certificate_ids: string[];
  consent_ids: string[];
  /** When it was asked for, which is the time that certificates tell, and when all flags were set; ISO 8601. */
  revoked_at: string;
  flags_committed_at: string;
}

/** A request that revoked certificates, and which. */
export function ofCertificates(revocation: Revocation, certificate_ids: string[]): FeedItem {
  const { requested_at, flags_committed_at, channels } = revocation;
  return {
    revocation_id: revocation._id,
    batch_id: revocation.batch_id,
    method: revocation.method,
    channels: channels ?? [...CHANNELS],
    certificate_ids,
    consent_ids: [],
    revoked_at: requested_at.toISOString(),
    flags_committed_at: (flags_committed_at ?? requested_at).toISOString(),
  };
}

/** A request that revoked Attestr or Baanx consents, which takes one transaction. */
export function ofConsents({
  _id,
  method,
  consent_ids,
  requested_at,
}: ConsentRevocation): FeedItem {
  const at = requested_at.toISOString();
  return {
    revocation_id: _id,
    batch_id: null,
    method,
    channels: [...CHANNELS],
    certificate_ids: [],
    consent_ids,
    revoked_at: at,
    flags_committed_at: at,
  };
}

/**
 * What each of these has revoked: others may have been faster with some that it names, and until it is
 * completed it still names them.
 */
export async function findOwn({
  ctx,
  revocations,
  session,
}: {
  ctx: Context;
  revocations: Revocation[];
  session: Session;
}): Promise<Map<string, string[]>> {
  const isKnown = ({ exact, state }: Revocation) => exact === true || state === 'completed';
  const own = new Map(revocations.map((one) => [one._id, isKnown(one) ? one.certificate_ids : []]));
  const unknown = revocations.filter((one) => !isKnown(one)).map(({ _id }) => _id);
  if (unknown.length === 0) return own;
  for (const { _id, revocation_id } of await ctx.store.certificates.revokedByAny(unknown, session))
    own.get(revocation_id)?.push(_id);
  return own;
}
