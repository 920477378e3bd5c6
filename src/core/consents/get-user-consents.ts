import { AppError } from '../../errors';
import type { Session } from '../../store';
import type { ConsentRecord } from '../../store/consents';
import { type ConsentSet, type SetStatus, toConsentSet } from './effective';
import type { ConsentRequest } from './register-consent';

/** One a day for years, so that a loop over what is granted meets them all; older ones are not shown. */
const MAX_SETS = 1_000;

/** The sets of a user, newest first; the newest decides the status. */
export interface UserConsents {
  status: SetStatus;
  sets: ConsentSet[];
}

type UserRequest = Omit<ConsentRequest, 'caller'> & { userId: string };

/**
 * What a user has consented to, in its current state. In a transaction, like `getConsent`.
 * @throws AppError consent_user_not_found: no consent of this user is in this region
 */
export async function getUserConsents(request: UserRequest): Promise<UserConsents> {
  return newest(request, MAX_SETS);
}

/**
 * The status of a user, read from the newest set alone.
 * @throws AppError consent_user_not_found
 */
export async function getUserStatus(request: UserRequest): Promise<SetStatus> {
  return (await newest(request, 1)).status;
}

async function newest(request: UserRequest, limit: number): Promise<UserConsents> {
  const store = request.ctx.store.regions[request.region];
  const sets = await store.transaction((session) => newestSets({ ...request, limit, session }));
  const [first] = sets;
  if (!first) throw new AppError('consent_user_not_found');
  return { status: first.status, sets };
}

/** Up to `limit` sets of a user as the transaction sees them, newest first. */
export async function newestSets({
  ctx,
  region,
  companyId,
  userId,
  limit,
  session,
}: UserRequest & { limit: number; session: Session }): Promise<ConsentSet[]> {
  const { consents } = ctx.store.regions[region];
  const ids = await consents.setIdsOfUser(companyId, userId, limit, session);
  const records = await consents.bySets(companyId, ids, session);
  const bySet = new Map<string, ConsentRecord[]>(ids.map((id) => [id, []]));
  for (const record of records) bySet.get(record.set?.id ?? '')?.push(record);
  return [...bySet.values()].flatMap((members) => toConsentSet(members) ?? []);
}
