import { CHANNELS } from '../../store/certificates';
import type { ConsentRevocation } from '../../store/consent-revocations';
import type { Revocation } from '../../store/revocations';
import type { Told } from './record-events';

/** No event names more. */
export const MAX_CERTIFICATES_PER_EVENT = 1_000;

/**
 * What is told of a request that revoked certificates, or opted out of some of their channels.
 * @param ids what it revoked; of more than a thousand several events are made
 * @param at when all flags were set
 */
export function revokedEvents(
  revocation: Pick<
    Revocation,
    '_id' | 'company_id' | 'method' | 'channels' | 'batch_id' | 'requested_at'
  >,
  ids: string[],
  at: Date,
): Told[] {
  const { _id: revocation_id, company_id, method, channels, batch_id } = revocation;
  // As the certificate says it.
  const { requested_at: revoked_at } = revocation;
  const count = Math.ceil(ids.length / MAX_CERTIFICATES_PER_EVENT);
  return Array.from({ length: count }, (_, page) => {
    const from = page * MAX_CERTIFICATES_PER_EVENT;
    return {
      companyId: company_id,
      event: 'certificate.revoked',
      at,
      data: {
        revocation_id,
        batch_id,
        method,
        channels: channels ?? CHANNELS,
        revoked_at,
        certificate_ids: ids.slice(from, from + MAX_CERTIFICATES_PER_EVENT),
      },
      revocationId: revocation_id,
      ...(batch_id !== null && { batchId: batch_id }),
    };
  });
}

/** What is told of what was revoked as it was written down: it sorts after that it was. */
export function afterBirth(told: Told[]): Told[] {
  return told.map((one) => ({ ...one, at: new Date(one.at.getTime() + 1) }));
}

/** What is told of a request that revoked consents. */
export function consentsRevokedEvent(revocation: ConsentRevocation): Told {
  const { _id: revocation_id, company_id, dialect, method, consent_ids } = revocation;
  const { requested_at: revoked_at } = revocation;
  return {
    companyId: company_id,
    event: 'consent.revoked',
    at: revoked_at,
    data: { revocation_id, dialect, method, revoked_at, consent_ids },
    revocationId: revocation_id,
  };
}
