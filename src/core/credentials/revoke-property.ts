import { type CredentialChange, revokeCredential } from './revoke-credential';

/**
 * Revokes a property of a company: from the next call on its id is unknown, as a credential and as
 * the place of new certificates. Its certificates stay; its id cannot be given again.
 * @param change.named the property's id, or its public reference
 * @returns the reference
 * @throws AppError company_not_found; property_not_found, also when it is revoked already
 */
export function revokeProperty(change: CredentialChange & { named: string }): Promise<string> {
  const { ctx, companyId, caller, completion, named } = change;
  return revokeCredential({
    ctx,
    companyId,
    caller,
    completion,
    kind: 'property',
    revoke: (at, session) => ctx.store.credentials.revokeProperty(companyId, named, at, session),
  });
}
