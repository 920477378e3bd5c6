import type { ConsentRequest } from './register-consent';
import { requireConsent, type TermsConsent } from './require-consent';

/**
 * A consent in its current state. In a transaction, whose commit waits for a majority: a primary about
 * to be deposed cannot show as granted what was revoked elsewhere.
 * @throws AppError consent_not_found, also for another company's
 */
export function getConsent(
  request: Omit<ConsentRequest, 'caller'> & { consentId: string },
): Promise<TermsConsent> {
  const store = request.ctx.store.regions[request.region];
  return store.transaction((session) => requireConsent({ ...request, session }));
}
