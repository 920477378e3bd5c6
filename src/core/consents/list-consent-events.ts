import type { AuditEntry } from '../../store/audit-entries';
import type { Page, PageRequest } from '../../store/paging';
import { getConsent } from './get-consent';
import type { ConsentRequest } from './register-consent';

/** Something that happened to a consent. */
export type ConsentEvent = AuditEntry;

/**
 * A page of what happened to a consent, newest first: creation, changes, revocation and clean-up.
 * @throws AppError consent_not_found, also for another company's; invalid_request naming `cursor`
 */
export async function listConsentEvents(
  request: Omit<ConsentRequest, 'caller'> & { consentId: string } & PageRequest,
): Promise<Page<ConsentEvent>> {
  const { ctx, region, companyId, consentId, limit, cursor } = request;
  await getConsent(request);
  const { audit } = ctx.store.regions[region];
  return audit.list(companyId, { consent_id: consentId }, { limit, cursor });
}
