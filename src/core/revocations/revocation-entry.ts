import type { AuditEntry } from '../../store/audit-entries';
import type { FlaggedBy } from '../../store/certificate-revoking';
import type { Revocation } from '../../store/revocations';
import { assertFitsEntry, MAX_IDS_PER_ENTRY } from '../audit/assert-fits-entry';

export const MAX_CERTIFICATES_PER_ENTRY = MAX_IDS_PER_ENTRY;

/** Certificates of a request, in order, of which its entries say the same. */
export interface NamedAlike {
  ids: string[];
  /** That it opted out of their last channels, which revoked them. */
  isLast: boolean;
}

/**
 * Parts what a request revoked from what it opted out of some channels only: whoever looks for a
 * revocation in the audit looks for that action, however many steps led to it.
 */
export function namedAlike(flagged: FlaggedBy[], { channels }: Revocation): NamedAlike[] {
  const named = (isLast: boolean) => ({
    ids: flagged
      .filter(({ revokes }) => (channels !== undefined && revokes) === isLast)
      .map(({ _id }) => _id)
      .sort(),
    isLast,
  });
  return [named(false), named(true)].filter(({ ids }) => ids.length > 0);
}

/**
 * The audit entry that names a page of the certificates that a request revoked, or opted out of some
 * channels.
 * @param isLast of the channels: it revoked these
 * @throws RangeError when the page has more than 1,000
 */
export function revocationEntry(
  revocation: Revocation,
  page: number,
  certificates: string[],
  isLast = false,
): AuditEntry {
  assertFitsEntry(certificates);
  const isPart = revocation.channels !== undefined && !isLast;
  return {
    // What follows the last dot numbers the pages.
    _id: `${revocation._id}.${isLast ? 'last-' : ''}${String(page)}`,
    company_id: revocation.company_id,
    at: revocation.requested_at,
    action: isPart ? 'certificate.channels_revoked' : 'certificate.revoked',
    method: revocation.method,
    actor: revocation.actor,
    reason: revocation.reason,
    certificates,
    ip: revocation.ip,
  };
}
