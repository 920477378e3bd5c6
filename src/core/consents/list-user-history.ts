import { AppError } from '../../errors';
import type { ConsentRecord } from '../../store/consents';
import type { ConsentRequest } from './register-consent';

/**
 * A page of everything recorded about a user's consents, newest first: the originals as they were
 * given, and each revocation.
 * @throws AppError consent_user_not_found: no consent of this user is in this region
 */
export async function listUserHistory({
  ctx,
  region,
  companyId,
  userId,
  limit,
  offset,
}: Omit<ConsentRequest, 'caller'> & { userId: string; limit: number; offset: number }): Promise<{
  total: number;
  records: ConsentRecord[];
}> {
  const store = ctx.store.regions[region];
  const page = await store.transaction((session) =>
    store.consents.historyOfUser(companyId, userId, { limit, offset }, session),
  );
  if (page.total === 0) throw new AppError('consent_user_not_found');
  return page;
}
