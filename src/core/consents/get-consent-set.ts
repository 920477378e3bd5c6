import { AppError } from '../../errors';
import { type ConsentSet, toConsentSet } from './effective';
import type { ConsentRequest } from './register-consent';

/**
 * A set with its consents in their current state. In a transaction, like `getConsent`.
 * @throws AppError consent_set_not_found, also for another company's or another region's
 */
export async function getConsentSet(
  request: Omit<ConsentRequest, 'caller'> & { setId: string },
): Promise<ConsentSet> {
  const store = request.ctx.store.regions[request.region];
  const records = await store.transaction((session) =>
    store.consents.bySets(request.companyId, [request.setId], session),
  );
  const set = toConsentSet(records);
  if (!set) throw new AppError('consent_set_not_found');
  return set;
}
