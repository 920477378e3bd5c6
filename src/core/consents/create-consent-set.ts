import { AppError } from '../../errors';
import { retryOnDuplicate } from '../../store';
import { type ConsentRecord, NOT_CLEANED } from '../../store/consents';
import { consentEntry } from './consent-entry';
import { type ConsentSet, toConsentSet } from './effective';
import { idUuid, type Operation } from '../idempotency/operation-ids';
import type { ConsentRequest } from './register-consent';

/** A user's answer to each kind of consent, given together. */
export interface NewConsentSet {
  userId: string;
  policy: 'global' | 'US';
  consents: { type: string; status: ConsentRecord['status'] }[];
}

/**
 * Records the consents of a user as a set; repeating an operation finds what was recorded.
 */
export async function createConsentSet(
  request: ConsentRequest & Operation & { input: NewConsentSet },
): Promise<ConsentSet> {
  const { ctx, companyId, caller } = request;
  const store = ctx.store.regions[request.region];
  const records = newRecords(request);
  const setId = records[0]?.set?.id ?? '';
  const entry = consentEntry({
    entryId: `consent.created:${setId}`,
    companyId,
    action: 'consent.created',
    caller,
    consents: records.map(({ _id }) => _id),
    at: records[0]?.given_at ?? ctx.now(),
  });
  const kept = await retryOnDuplicate(() =>
    store.transaction(async (session) => {
      const known = await store.consents.bySets(companyId, [setId], session);
      if (known.length > 0) return known;
      await store.consents.insert(records, session);
      await store.audit.append(entry, session);
      await ctx.reach('consent.registering');
      return records;
    }),
  );
  const set = toConsentSet(kept);
  if (!set) throw new AppError('internal');
  return set;
}

function newRecords(request: Parameters<typeof createConsentSet>[0]): ConsentRecord[] {
  const { ctx, companyId, caller, input } = request;
  const setId = idUuid(request, 'set');
  const now = ctx.now();
  return input.consents.map(({ type, status }, position) => {
    const id = idUuid(request, `consent ${String(position)}`);
    return {
      _id: id,
      company_id: companyId,
      dialect: 'baanx',
      consent_id: id,
      version: 0,
      status,
      terms: null,
      set: { id: setId, user_id: input.userId, policy: input.policy, type, position },
      email_hash: null,
      mobile_hash: null,
      given_at: now,
      recorded_at: now,
      ...caller,
      reason: null,
      revocation_id: null,
      ...NOT_CLEANED,
    };
  });
}
