import { createConsentSet } from '../../../src/core/consents/create-consent-set';
import { registerConsent } from '../../../src/core/consents/register-consent';
import type { Context } from '../../../src/context';
import type { ConsentTerms } from '../../../src/store/consents';
import type { Region } from '../../../src/store/regions';
import { CALLER } from '../../helpers/company';

const TERMS: ConsentTerms = {
  subject: { email: 'ann@example.com', mobile: null, ref: 'crm-17' },
  purposes: ['kyc'],
  text: 'I agree that Example Corp checks my identity.',
  retention_policy: null,
};

/** Registers a consent of the Attestr dialect and returns its id. */
export async function makeConsent(
  ctx: Context,
  companyId: string,
  more: Partial<ConsentTerms> = {},
): Promise<string> {
  const terms = { ...TERMS, ...more };
  const by = { ctx, region: 'default', companyId, caller: CALLER } as const;
  return (await registerConsent({ ...by, terms })).consent_id;
}

/** Records a set of granted consents, by default the two that a US user needs. */
export function makeSet(
  ctx: Context,
  companyId: string,
  {
    region = 'default',
    userId = 'user-1',
    types = ['termsAndPrivacy', 'eSignAct'],
  }: {
    region?: Region;
    userId?: string;
    types?: string[];
  } = {},
) {
  const consents = types.map((type) => ({ type, status: 'granted' as const }));
  const input = { userId, policy: 'US' as const, consents };
  return createConsentSet({ ctx, region, companyId, caller: CALLER, input });
}

/** How many times audit entries say that each consent was revoked. */
export async function namedRevoked(
  ctx: Context,
  companyId: string,
  region: Region = 'default',
): Promise<Record<string, number>> {
  const { audit } = ctx.store.regions[region];
  const filter = { action: 'consent.revoked' };
  const { items } = await audit.list(companyId, filter, { limit: 200 });
  const named: Record<string, number> = {};
  for (const id of items.flatMap((entry) => entry.consents ?? [])) named[id] = (named[id] ?? 0) + 1;
  return named;
}
