import {
  type ConsentRevocationRequest,
  recordConsentRevocation,
} from './record-consent-revocation';
import { getConsent } from './get-consent';
import { requireConsent, type TermsConsent } from './require-consent';

/**
 * Revokes one consent of the Attestr dialect and reserves the price in the wallet. A repeat gives the
 * first revocation and costs nothing.
 * @returns the revoked consent
 * @throws AppError consent_not_found, also for another company's; insufficient_balance
 */
export async function revokeConsent(
  request: Omit<ConsentRevocationRequest, 'dialect'> & { consentId: string },
): Promise<TermsConsent> {
  const price = request.ctx.config.prices.attestr_revocation;
  await recordConsentRevocation({
    ...request,
    dialect: 'attestr',
    part: 0,
    resolve: async (session) => {
      const consent = await requireConsent({ ...request, session });
      return { records: consent.status === 'revoked' ? [] : [consent], impact: null };
    },
    feeMicrousd: price,
  });
  return getConsent(request);
}
