import { type GivenIdentifiers, identifierHashes, normalizeIdentifiers } from '../identifiers';
import { digestsOf } from '../identifiers/digests';
import type { Caller, Context } from '../../context';
import type { Session } from '../../store';
import { type ConsentRecord, type ConsentTerms, NOT_CLEANED } from '../../store/consents';
import type { Region } from '../../store/regions';
import { assertNotAhead, consentTime } from '../suppressions/consent-time';
import { registerInTurn } from '../suppressions/in-turn';
import { bornRevoked, isObjectedTo } from './born-revoked';
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
 * Records a consent to some terms; repeating an operation finds what was recorded. Consent that is no
 * newer than a remembered opt-out of the person is revoked from birth.
 * @param request.givenAt left out: now
 * @returns the version that holds
 * @throws AppError invalid_request naming `email`, `mobile` or `given_at`
 */
export async function registerConsent(
  request: ConsentRequest & Operation & { terms: ConsentTerms; givenAt?: Date | undefined },
): Promise<ConsentRecord> {
  const { ctx, companyId, caller, terms, givenAt } = request;
  assertNotAhead({ ctx, givenAt, field: 'given_at' });
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
    ...(givenAt && { consented_at: consentTime(now, [givenAt]) }),
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
  const digests = digestsOf(normalizeIdentifiers(terms.subject));
  const register = async (expectNone: boolean, session: Session) => {
    const known = await store.consents.newest(companyId, 'attestr', id, session);
    if (known) return { consent: known, isBornRevoked: false };
    await store.consents.insert([record], session);
    await store.audit.append(entry, session);
    const consentedAt = record.consented_at ?? now;
    const person = { companyId, digests, consentedAt, expectNone };
    const isBornRevoked = await isObjectedTo({ ctx, session, ...person });
    await ctx.reach('consent.registering');
    const consent = isBornRevoked ? await bornRevoked({ request, record, session }) : record;
    return { consent, isBornRevoked };
  };
  const { consent, isBornRevoked } = await registerInTurn({
    ctx,
    companyId,
    digests,
    work: (expectNone) => store.transaction((session) => register(expectNone, session)),
  });
  if (isBornRevoked) ctx.activity.countRevoked(companyId, 'standing', 1);
  return consent;
}

/**
 * The keyed hashes by which a subject is found.
 * @throws AppError invalid_request naming `email` or `mobile`
 */
export function subjectHashes({ ctx, subject }: { ctx: Context; subject: GivenIdentifiers }) {
  return identifierHashes({ ctx, identifiers: normalizeIdentifiers(subject) });
}
