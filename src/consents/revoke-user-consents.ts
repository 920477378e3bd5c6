import type { ConsentRecord } from '../store/consents';
import { getUserStatus } from './get-user-consents';
import { impactOn } from './impact';
import {
  type ConsentRevocationRequest,
  MAX_CONSENTS_PER_REQUEST,
  recordConsentRevocation,
} from './record-consent-revocation';
import type { SetStatus } from './effective';

/** Which of a user's granted consents: without either all of them. */
export interface WhichConsents {
  type?: string | undefined;
  /** Given before this moment. */
  givenBefore?: Date | undefined;
}

export interface UserRevocation {
  /** The revoked version of each. */
  records: ConsentRecord[];
  timestamp: Date;
  impact: { before: SetStatus; after: SetStatus };
}

/**
 * Revokes those of a user's consents that are granted now, in all sets, in as many recorded parts as
 * it takes; what is given meanwhile is new consent.
 * @throws AppError consent_user_not_found: no consent of this user is in this region
 */
export async function revokeUserConsents(
  request: Omit<ConsentRevocationRequest, 'dialect'> & { userId: string; which: WhichConsents },
): Promise<UserRevocation> {
  const { ctx, region, companyId, userId, which } = request;
  const { consents } = ctx.store.regions[region];
  const status = await getUserStatus(request);
  const result: UserRevocation = {
    records: [],
    timestamp: new Date(),
    impact: { before: status, after: status },
  };
  for (let part = 0; ; part++) {
    const revoked = await recordConsentRevocation(
      { ...request, dialect: 'baanx' },
      part,
      async (session) => {
        const limit = MAX_CONSENTS_PER_REQUEST;
        const records = await consents.grantedOfUser(companyId, userId, which, limit, session);
        const user = { ctx, region, companyId, userId };
        return { records, impact: await impactOn(user, records, session) };
      },
    );
    if (!revoked) return result;
    const { impact, requested_at } = revoked.revocation;
    if (part === 0) result.timestamp = requested_at;
    if (impact) result.impact = { ...(part === 0 ? impact : result.impact), after: impact.after };
    result.records = result.records.concat(revoked.records);
    if (revoked.records.length < MAX_CONSENTS_PER_REQUEST) return result;
  }
}
