import { AppError } from '../../errors';
import type { Session } from '../../store';
import type { ConsentRecord, ConsentTerms } from '../../store/consents';
import type { ConsentRequest } from './register-consent';

/** A consent of the Attestr dialect, in its newest version. */
export type TermsConsent = ConsentRecord & { terms: ConsentTerms };

/**
 * The newest version of a company's consent as the transaction sees it.
 * @throws AppError consent_not_found, also for another company's
 */
export async function requireConsent({
  ctx,
  region,
  companyId,
  consentId,
  session,
}: Omit<ConsentRequest, 'caller'> & {
  consentId: string;
  session: Session;
}): Promise<TermsConsent> {
  const { consents } = ctx.store.regions[region];
  const found = await consents.newest(companyId, 'attestr', consentId, session);
  if (!found?.terms) throw new AppError('consent_not_found');
  return { ...found, terms: found.terms };
}
