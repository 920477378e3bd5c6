import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import { changeCompany } from '../companies/change-company';
import type { Completion } from '../idempotency/commit-change';

/**
 * Revokes a token of a company: it fails from the next call on.
 * @throws AppError company_not_found; token_not_found, also when it is revoked already
 */
export function revokeToken({
  ctx,
  companyId,
  tokenId,
  caller,
  completion,
}: {
  ctx: Context;
  companyId: string;
  tokenId: string;
  caller: Caller;
  completion?: Completion<void> | undefined;
}): Promise<void> {
  const at = new Date();
  return changeCompany({
    ctx,
    companyId,
    caller,
    completion,
    entry: { action: 'token.revoked', entryId: `token.revoked:${tokenId}`, at },
    change: async (session) => {
      const revoked = await ctx.store.credentials.revokeToken(companyId, tokenId, at, session);
      if (!revoked) throw new AppError('token_not_found');
    },
  });
}
