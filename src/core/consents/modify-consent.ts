import { AppError } from '../../errors';
import { newId } from '../../lib/random-ids';
import type { Context } from '../../context';
import type { Session } from '../../store';
import type { ConsentTerms } from '../../store/consents';
import { normalizeIdentifiers } from '../identifiers';
import { digestsOf, type PersonDigest } from '../identifiers/digests';
import { registerInTurn } from '../suppressions/in-turn';
import { bornRevoked, isObjectedTo } from './born-revoked';
import { recordEvents } from '../webhooks/record-events';
import { consentEntry } from './consent-entry';
import { type ConsentRequest, subjectHashes } from './register-consent';
import { requireConsent, type TermsConsent } from './require-consent';

/** New values for some of the terms; what is left out stays, within `subject` too. */
export interface TermsChange {
  subject?: { [Name in keyof ConsentTerms['subject']]?: string | undefined } | undefined;
  purposes?: string[] | undefined;
  text?: string | undefined;
  /** Null: the company's policy. */
  retention_policy?: ConsentTerms['retention_policy'] | undefined;
}

type Modification = ConsentRequest & { consentId: string; change: TermsChange };

/**
 * Changes the terms of a consent that is not revoked, by adding a new version; earlier versions stay
 * as they were. Whom it names that it did not name before may have opted out since it was given: then
 * it is revoked with the change, as if it were registered for them now.
 * @returns the version that holds
 * @throws AppError consent_not_found; consent_revoked; invalid_request naming `email` or `mobile`
 */
export async function modifyConsent(request: Modification): Promise<TermsConsent> {
  const { ctx, companyId, change } = request;
  const store = ctx.store.regions[request.region];
  const digests = digestsOf(normalizeIdentifiers(change.subject ?? {}));
  // Of concurrent changes and revocations one writes the next version; the others start over.
  const { consent, isRevoked } = await registerInTurn({
    ctx,
    companyId,
    digests,
    work: (expectNone) =>
      store.transaction((session) => modify(request, digests, expectNone, session)),
  });
  if (isRevoked) ctx.activity.countRevoked(companyId, 'standing', 1);
  return consent;
}

async function modify(
  request: Modification,
  digests: PersonDigest[],
  expectNone: boolean,
  session: Session,
): Promise<{ consent: TermsConsent; isRevoked: boolean }> {
  const { ctx, companyId, consentId, caller } = request;
  const store = ctx.store.regions[request.region];
  const now = await requireConsent({ ...request, session });
  if (now.status === 'revoked') throw new AppError('consent_revoked');
  const modified = nextVersion(request, now);
  await store.consents.insert([modified], session);
  const entry = consentEntry({
    entryId: modified._id,
    companyId,
    action: 'consent.modified',
    caller,
    consents: [consentId],
    at: modified.recorded_at,
  });
  await store.audit.append(entry, session);
  const { recorded_at: at, version } = modified;
  const data = { consent_id: consentId, version, modified_at: at };
  const told = [{ companyId, event: 'consent.modified' as const, at, data }];
  await recordEvents({ ctx, region: request.region, session, told });
  const consentedAt = now.consented_at ?? now.given_at;
  const added = digests.filter((digest) => !isNamed(ctx, now, digest));
  const person = { companyId, digests: added, consentedAt, expectNone };
  const isRevoked = await isObjectedTo({ ctx, session, ...person });
  await ctx.reach('consent.modifying');
  if (!isRevoked) return { consent: modified, isRevoked };
  const revoked = await bornRevoked({ request, record: modified, session });
  return { consent: { ...revoked, terms: modified.terms }, isRevoked };
}

/** Whether a consent names somebody already, under any key. */
function isNamed(
  ctx: Context,
  { email_hash, mobile_hash }: TermsConsent,
  { kind, sha256 }: PersonDigest,
): boolean {
  const hash = kind === 'email' ? email_hash : mobile_hash;
  return hash !== null && ctx.identifiers.allOfSha256(kind, sha256).includes(hash);
}

function nextVersion({ ctx, caller, change }: Modification, now: TermsConsent): TermsConsent {
  const { subject: was, ...rest } = now.terms;
  const { email = was.email, mobile = was.mobile, ref = was.ref } = change.subject ?? {};
  const {
    purposes = rest.purposes,
    text = rest.text,
    retention_policy = rest.retention_policy,
  } = change;
  const terms = { subject: { email, mobile, ref }, purposes, text, retention_policy };
  return {
    ...now,
    _id: newId('cxv'),
    version: now.version + 1,
    terms,
    ...subjectHashes({ ctx, subject: terms.subject }),
    recorded_at: ctx.now(),
    ...caller,
  };
}
