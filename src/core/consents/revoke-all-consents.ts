import type { Session } from '../../store';
import {
  type ConsentRevocationRequest,
  MAX_CONSENTS_PER_REQUEST,
  recordConsentRevocation,
  type RevokedConsents,
  type Targets,
} from './record-consent-revocation';

/**
 * Revokes what `resolve` finds, recorded in as many parts as it takes; free of charge.
 * @param resolve gives up to 1,000 consents that are not revoked yet
 * @returns the parts in order; none when there was nothing to revoke
 */
export async function revokeAllConsents(
  request: ConsentRevocationRequest & { resolve: (session: Session) => Promise<Targets> },
): Promise<RevokedConsents[]> {
  const { resolve } = request;
  const parts: RevokedConsents[] = [];
  for (;;) {
    const part = await recordConsentRevocation({ ...request, part: parts.length, resolve });
    if (!part) return parts;
    parts.push(part);
    // A part that is not full was the last; anything found later is new consent.
    if (part.records.length < MAX_CONSENTS_PER_REQUEST) return parts;
  }
}
