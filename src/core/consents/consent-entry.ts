import type { Caller } from '../../context';
import type { AuditEntry } from '../../store/audit-entries';
import type { RevocationMethod } from '../../store/certificates';
import { assertFitsEntry } from '../audit/assert-fits-entry';

/**
 * The audit entry for something that was done to consents.
 * @throws RangeError when it names more than 1,000
 */
export function consentEntry(input: {
  /** Derived from what is recorded, so that a retry writes the same entry. */
  entryId: string;
  companyId: string;
  action: 'consent.created' | 'consent.modified' | 'consent.revoked';
  /** An API call when left out. */
  method?: RevocationMethod;
  caller: Caller;
  /** Ids of the originals, at most 1,000. */
  consents: string[];
  reason?: string | null | undefined;
  at: Date;
}): AuditEntry {
  assertFitsEntry(input.consents);
  return {
    _id: input.entryId,
    company_id: input.companyId,
    at: input.at,
    action: input.action,
    method: input.method ?? 'api',
    actor: input.caller.actor,
    reason: input.reason ?? null,
    certificates: [],
    consents: input.consents,
    ip: input.caller.ip,
  };
}
