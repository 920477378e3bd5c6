import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import { type CreatedToken, createToken } from './create-token';
import { listTokens, type TokenView } from './list-tokens';
import { minting } from '../idempotency/made-by-form';
import { revokeToken } from './revoke-token';
import type { Scope } from './scopes';

/** A service of others that calls us with a token of its own. */
interface Integration {
  /** Also the label of its token: that is what ties the two together. */
  name: string;
  /** What its token may be used for, and no more: each is a system that we do not run. */
  scopes: readonly Scope[];
}

/** The integrations by their key, in the order in which people see them. */
export const INTEGRATIONS = {
  // A debt may be looked up only with consent, and whoever did it must be able to prove that later:
  // so it checks certificates, and retains those it relied on.
  debt_lookup: { name: 'Debt Lookup', scopes: ['verify', 'retain'] },
  // It needs to know whether consent to mail an address stands, before it sends anything there.
  email_validation: { name: 'Email Validation', scopes: ['verify'] },
  // The same before it calls or texts a number.
  phone_validation: { name: 'Phone Validation', scopes: ['verify'] },
  // Forms are filled in at Meta, where our recorder is not: each lead's certificate is registered from
  // there. It checks nothing, and a lead who opts out does so with us.
  meta_lead_ads: { name: 'Meta Lead Ads', scopes: ['certificates'] },
} as const satisfies Record<string, Integration>;

export type IntegrationKey = keyof typeof INTEGRATIONS;

/** The integration of a key, or null. */
export function integrationKey(text: string): IntegrationKey | null {
  return Object.hasOwn(INTEGRATIONS, text) ? (text as IntegrationKey) : null;
}

/** The tokens by which an integration is enabled; none: it is not. Expired ones do not count. */
export function tokensOfIntegration(
  tokens: TokenView[],
  key: IntegrationKey,
  now: Date,
): TokenView[] {
  const { name } = INTEGRATIONS[key];
  return tokens.filter(
    ({ label, expires_at }) =>
      label === name && (expires_at === null || new Date(expires_at) > now),
  );
}

interface Change {
  ctx: Context;
  companyId: string;
  caller: Caller;
  key: IntegrationKey;
}

/**
 * Enables an integration: makes a token of its name with the scopes that it needs.
 * @param operationId as for `createToken`
 * @returns null when it is enabled already, by another form
 * @throws AppError those of `createToken`
 */
export async function enableIntegration({
  operationId,
  ...change
}: Change & { operationId?: string | undefined }): Promise<CreatedToken | null> {
  const { ctx, companyId, caller, key } = change;
  const { name: label, scopes } = INTEGRATIONS[key];
  const input = { label, scopes: [...scopes] };
  const tokenId = minting({ ctx, companyId, operationId, input }).id('tok');
  const enabled = tokensOfIntegration(await listTokens({ ctx, companyId }), key, ctx.now());
  const byThisForm = enabled.some(({ token_id }) => token_id === tokenId);
  if (enabled.length > 0 && !byThisForm) return null;
  return createToken({ ctx, companyId, caller, input, operationId });
}

/**
 * Disables an integration: revokes every token of its name, so that its calls are refused from now on.
 * @returns how many were revoked
 * @throws AppError company_not_found
 */
export async function disableIntegration({ ctx, companyId, caller, key }: Change): Promise<number> {
  const tokens = await listTokens({ ctx, companyId });
  let revoked = 0;
  for (const { token_id: tokenId } of tokensOfIntegration(tokens, key, ctx.now())) {
    try {
      await revokeToken({ ctx, companyId, tokenId, caller });
      revoked++;
    } catch (error) {
      // Somebody else has just done what was wanted.
      if (!(error instanceof AppError) || error.code !== 'token_not_found') throw error;
    }
  }
  return revoked;
}
