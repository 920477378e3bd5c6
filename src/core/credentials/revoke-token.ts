import { type CredentialChange, revokeCredential } from './revoke-credential';

/**
 * Revokes a token of a company: it fails from the next call on.
 * @returns its id
 * @throws AppError company_not_found; token_not_found, also when it is revoked already
 */
export function revokeToken(change: CredentialChange & { tokenId: string }): Promise<string> {
  const { ctx, companyId, caller, completion, tokenId } = change;
  return revokeCredential({
    ctx,
    companyId,
    caller,
    completion,
    kind: 'token',
    revoke: async (at, session) => {
      const revoked = await ctx.store.credentials.revokeToken(companyId, tokenId, at, session);
      return revoked ? tokenId : null;
    },
  });
}
