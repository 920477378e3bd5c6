import { finishConsentRevocation } from '../../src/core/consents/finish-consent-revocation';
import type { Handler } from '../handler';

/** Does what is still missing of a revocation of consents. */
export const followUpConsent: Handler<'follow-up-consent'> = ({ ctx, payload }) =>
  finishConsentRevocation({ ctx, region: payload.region, revocationId: payload.revocation_id });
