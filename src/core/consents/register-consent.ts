import { type GivenIdentifiers, identifierHashes, normalizeIdentifiers } from '../identifiers';
import type { Caller, Context } from '../../context';
import { retryOnDuplicate } from '../../store';
import { type ConsentRecord, type ConsentTerms, NOT_CLEANED } from '../../store/consents';
import type { Region } from '../../store/regions';
import { consentEntry } from './consent-entry';
import { idHex, type Operation } from '../idempotency/operation-ids';

/** Whose consents, in which region, and who is asking. */
export interface ConsentRequest {
  ctx: Context;
  region: Region;
  companyId: string;
  caller: Caller;
}

/**
 * Records a consent to some terms; repeating an operation finds what was recorded.
 * @throws AppError invalid_request naming `email` or `mobile`
 */
export async function registerConsent(
  request: ConsentRequest & Operation & { terms: ConsentTerms },
): Promise<ConsentRecord> {
  const { ctx, companyId, caller, terms } = request;
  const store = ctx.store.regions[request.region];
  const now = ctx.now();
  const id = `CX${idHex(request, 'consent')}`;
  const record: ConsentRecord = {
    _id: id,
    company_id: companyId,
    dialect: 'attestr',
    consent_id: id,
    version: 0,
    status: 'granted',
    terms,
    set: null,
    ...subjectHashes({ ctx, subject: terms.subject }),
    given_at: now,
    recorded_at: now,
    ...caller,
    reason: null,
    revocation_id: null,
    ...NOT_CLEANED,
  };
  const entry = consentEntry({
    entryId: `consent.created:${id}`,
    companyId,
    action: 'consent.created',
    caller,
    consents: [id],
    at: now,
  });
  return retryOnDuplicate(() =>
    store.transaction(async (session) => {
      const known = await store.consents.newest(companyId, 'attestr', id, session);
      if (known) return known;
      await store.consents.insert([record], session);
      await store.audit.append(entry, session);
      await ctx.reach('consent.registering');
      return record;
    }),
  );
}

/**
 * The keyed hashes by which a subject is found.
 * @throws AppError invalid_request naming `email` or `mobile`
 */
export function subjectHashes({ ctx, subject }: { ctx: Context; subject: GivenIdentifiers }) {
  return identifierHashes({ ctx, identifiers: normalizeIdentifiers(subject) });
}
