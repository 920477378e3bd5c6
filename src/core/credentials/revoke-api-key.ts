import { type CredentialChange, revokeCredential } from './revoke-credential';

/**
 * Revokes a key pair of a company: it fails from the next call on.
 * @returns the id of the key pair
 * @throws AppError company_not_found; api_key_not_found, also when it is revoked already
 */
export function revokeApiKey(change: CredentialChange & { clientKey: string }): Promise<string> {
  const { ctx, companyId, caller, completion, clientKey } = change;
  return revokeCredential({
    ctx,
    companyId,
    caller,
    completion,
    kind: 'api_key',
    revoke: (at, session) => ctx.store.credentials.revokeApiKey(companyId, clientKey, at, session),
  });
}
