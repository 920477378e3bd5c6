import type { Context } from '../../context';
import type { Session } from '../../store';
import { CHANNELS } from '../../store/certificates';
import type { Revocation } from '../../store/revocations';
import type { Suppression } from '../../store/suppressions';
import type { PersonDigest } from '../identifiers/digests';
import { idsToRemember } from './suppression-ids';

/** The request that opts out. */
export type RememberedRequest = Pick<Revocation, '_id' | 'method' | 'requested_at' | 'channels'>;

/** An opt-out of whoever the digests name. */
export interface OptOutToRemember {
  ctx: Context;
  /** Null: at all companies. */
  companyId: string | null;
  digests: PersonDigest[];
  request: RememberedRequest;
}

/**
 * Remembers an opt-out, so that it holds for consent that is older and arrives later.
 * @param session the transaction that records the request: both happen or neither
 */
export async function rememberOptOut({
  session,
  ...optOut
}: OptOutToRemember & { session: Session }): Promise<void> {
  await optOut.ctx.store.suppressions.remember(newSuppressions(optOut), session);
}

/** What is stored of an opt-out: a record for each identifier. */
export function newSuppressions(optOut: OptOutToRemember): Suppression[] {
  const { companyId, request } = optOut;
  return idsToRemember(optOut).map((_id) => ({ _id, ...rememberedOf(companyId, request) }));
}

/** The same of a request, whoever it is that it opts out. */
export function rememberedOf(
  companyId: string | null,
  request: RememberedRequest,
): Omit<Suppression, '_id'> {
  const { _id: revocation_id, method, requested_at: at, channels = CHANNELS } = request;
  const times = Object.fromEntries(channels.map((channel) => [channel, at]));
  return { company_id: companyId, channels: times, at, method, revocation_id };
}
