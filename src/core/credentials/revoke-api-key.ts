import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import { changeCompany } from '../companies/change-company';
import type { Completion } from '../idempotency/commit-change';

/**
 * Revokes a key pair of a company: it fails from the next call on.
 * @returns the id of the key pair
 * @throws AppError company_not_found; api_key_not_found, also when it is revoked already
 */
export function revokeApiKey({
  ctx,
  companyId,
  clientKey,
  caller,
  completion,
}: {
  ctx: Context;
  companyId: string;
  clientKey: string;
  caller: Caller;
  completion?: Completion<string> | undefined;
}): Promise<string> {
  const at = new Date();
  return changeCompany({
    ctx,
    companyId,
    caller,
    completion,
    entry: (id) => ({ action: 'api_key.revoked', entryId: `api_key.revoked:${id}`, at }),
    change: async (session) => {
      const id = await ctx.store.credentials.revokeApiKey(companyId, clientKey, at, session);
      if (id === null) throw new AppError('api_key_not_found');
      return id;
    },
  });
}
