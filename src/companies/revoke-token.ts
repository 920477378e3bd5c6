import { recordChange } from '../audit/record-change';
import type { Caller, Context } from '../context';
import { AppError } from '../errors';
import { type Completion, commitChange } from './commit-change';
import { requireCompany } from './require-company';

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
  return commitChange({
    ctx,
    completion,
    change: async (session) => {
      await requireCompany(ctx, companyId, session);
      const at = new Date();
      const revoked = await ctx.store.credentials.revokeToken(companyId, tokenId, at, session);
      if (!revoked) throw new AppError('token_not_found');
      const action = 'token.revoked';
      const entryId = `${action}:${tokenId}`;
      await recordChange({ ctx, session, companyId, action, caller, entryId, at });
    },
  });
}
