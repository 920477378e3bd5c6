import type { ConsentRecord } from '../../store/consents';
import { getUserStatus } from './get-user-consents';
import { impactOn } from './impact-on';
import {
  type ConsentRevocationRequest,
  MAX_CONSENTS_PER_REQUEST,
} from './record-consent-revocation';
import { revokeAllConsents } from './revoke-all-consents';
import type { SetStatus } from './effective';

/** Which of a user's granted consents; all of them when both are left out. */
export interface WhichConsents {
  type?: string | undefined;
  /** Given before this moment. */
  givenBefore?: Date | undefined;
}

export interface UserRevocation {
  /** The revoked version of each. */
  records: ConsentRecord[];
  /** Of each part; none: nothing was granted. */
  revocationIds: string[];
  timestamp: Date;
  impact: { before: SetStatus; after: SetStatus };
}

/**
 * Revokes a user's consents that are granted now, in all sets, recorded in as many parts as it takes;
 * whatever is granted in the meantime is new consent.
 * @throws AppError consent_user_not_found: no consent of this user is in this region
 */
export async function revokeUserConsents(
  request: Omit<ConsentRevocationRequest, 'dialect'> & { userId: string; which: WhichConsents },
): Promise<UserRevocation> {
  const { ctx, region, companyId, userId, which } = request;
  const { consents } = ctx.store.regions[region];
  const status = await getUserStatus(request);
  const parts = await revokeAllConsents({
    ...request,
    dialect: 'baanx',
    resolve: async (session) => {
      const limit = MAX_CONSENTS_PER_REQUEST;
      const records = await consents.grantedOfUser(companyId, userId, which, limit, session);
      const user = { ctx, region, companyId, userId };
      return { records, impact: await impactOn({ ...user, targets: records, session }) };
    },
  });
  const first = parts[0]?.revocation;
  const last = parts.at(-1)?.revocation;
  return {
    records: parts.flatMap(({ records }) => records),
    revocationIds: parts.map(({ revocation }) => revocation._id),
    timestamp: first?.requested_at ?? ctx.now(),
    impact: { before: first?.impact?.before ?? status, after: last?.impact?.after ?? status },
  };
}
