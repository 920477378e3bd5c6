import type { AuditEntry } from '../../store/audit-entries';
import type { Revocation } from '../../store/revocations';
import { assertFitsEntry, MAX_IDS_PER_ENTRY } from '../audit/assert-fits-entry';

export const MAX_CERTIFICATES_PER_ENTRY = MAX_IDS_PER_ENTRY;

/**
 * The audit entry that names a page of the certificates that a request revoked.
 * @throws RangeError when the page has more than 1,000
 */
export function revocationEntry(
  revocation: Revocation,
  page: number,
  certificates: string[],
): AuditEntry {
  assertFitsEntry(certificates);
  return {
    _id: `${revocation._id}.${String(page)}`,
    company_id: revocation.company_id,
    at: revocation.requested_at,
    action: revocation.channels ? 'certificate.channels_revoked' : 'certificate.revoked',
    method: revocation.method,
    actor: revocation.actor,
    reason: revocation.reason,
    certificates,
    ip: revocation.ip,
  };
}
