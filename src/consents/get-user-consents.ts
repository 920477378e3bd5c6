import { AppError } from '../errors';
import type { Session } from '../store';
import { type ConsentSet, type SetStatus, toConsentSet } from './effective';
import type { ConsentRequest } from './register-consent';

/** A user has few sets; what a script has piled up beyond that is not shown. */
const MAX_SETS = 100;

/** The sets of a user, newest first; the newest one decides the status. */
export interface UserConsents {
  status: SetStatus;
  sets: ConsentSet[];
}

/**
 * What a user has consented to, as it stands. In a transaction, like `getConsent`.
 * @throws AppError consent_user_not_found: no consent of this user is in this region
 */
export async function getUserConsents(
  request: Omit<ConsentRequest, 'caller'> & { userId: string },
): Promise<UserConsents> {
  const store = request.ctx.store.regions[request.region];
  const sets = await store.transaction((session) => newestSets(request, MAX_SETS, session));
  const [newest] = sets;
  if (!newest) throw new AppError('consent_user_not_found');
  return { status: newest.status, sets };
}

/** Up to `limit` sets of a user as the transaction sees them, newest first. */
export async function newestSets(
  { ctx, region, companyId, userId }: Omit<ConsentRequest, 'caller'> & { userId: string },
  limit: number,
  session: Session,
): Promise<ConsentSet[]> {
  const { consents } = ctx.store.regions[region];
  const ids = await consents.setIdsOfUser(companyId, userId, limit, session);
  const records = await consents.bySets(companyId, ids, session);
  return ids.flatMap((id) => toConsentSet(records.filter(({ set }) => set?.id === id)) ?? []);
}
