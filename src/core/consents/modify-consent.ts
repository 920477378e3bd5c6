import { AppError } from '../../errors';
import { newId } from '../../lib/random-ids';
import { retryOnDuplicate } from '../../store';
import type { ConsentTerms } from '../../store/consents';
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

/**
 * Changes the terms of a consent that is not revoked, by adding a new version; earlier versions stay
 * as they were.
 * @throws AppError consent_not_found; consent_revoked; invalid_request naming `email` or `mobile`
 */
export function modifyConsent(
  request: ConsentRequest & { consentId: string; change: TermsChange },
): Promise<TermsConsent> {
  const { ctx, companyId, consentId, caller } = request;
  const store = ctx.store.regions[request.region];
  // Of concurrent changes and revocations one writes the next version; the others start over.
  return retryOnDuplicate(() =>
    store.transaction(async (session) => {
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
      await ctx.reach('consent.modifying');
      return modified;
    }),
  );
}

function nextVersion(
  { ctx, caller, change }: Parameters<typeof modifyConsent>[0],
  now: TermsConsent,
): TermsConsent {
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
