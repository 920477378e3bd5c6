import { AppError } from '../../errors';
import { newestVersions } from './effective';
import { impactOn } from './impact-on';
import {
  type ConsentRevocationRequest,
  recordConsentRevocation,
  type RevokedConsents,
} from './record-consent-revocation';

/**
 * Revokes one consent of a set; of two concurrent requests only one does.
 * @throws AppError consent_not_found: unknown, another company's, in another set or region, or
 *   revoked already
 */
export async function revokeSetConsent(
  request: Omit<ConsentRevocationRequest, 'dialect'> & { setId: string; consentId: string },
): Promise<RevokedConsents> {
  const { ctx, region, companyId, setId, consentId } = request;
  const { consents } = ctx.store.regions[region];
  const revoked = await recordConsentRevocation({
    ...request,
    dialect: 'baanx',
    part: 0,
    resolve: async (session) => {
      const records = await consents.bySets(companyId, [setId], session);
      const target = newestVersions(records).find((one) => one.consent_id === consentId);
      if (!target?.set || target.status === 'revoked') throw new AppError('consent_not_found');
      const userId = target.set.user_id;
      return {
        records: [target],
        impact: await impactOn({ ctx, region, companyId, userId, targets: [target], session }),
      };
    },
  });
  if (!revoked) throw new AppError('consent_not_found');
  return revoked;
}
