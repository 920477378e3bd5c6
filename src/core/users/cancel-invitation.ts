import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import type { Invitation } from '../../store/invitations';
import { changeCompany } from '../companies/change-company';
import type { Completion } from '../idempotency/commit-change';

/**
 * Withdraws an invitation or a reset link that has not been used.
 * @returns which of the two it was
 * @throws AppError company_not_found; invitation_not_found, also when it was used or has expired
 */
export function cancelInvitation({
  ctx,
  companyId,
  invitationId,
  caller,
  completion,
}: {
  ctx: Context;
  companyId: string;
  invitationId: string;
  caller: Caller;
  completion?: Completion<Invitation['kind']> | undefined;
}): Promise<Invitation['kind']> {
  return changeCompany({
    ctx,
    companyId,
    caller,
    completion,
    entry: (kind) => ({ action: `user.${kind}_cancelled` }),
    change: async (session) => {
      const now = ctx.now();
      const found = await ctx.store.invitations.cancel(companyId, invitationId, now, session);
      if (!found) throw new AppError('invitation_not_found');
      return found.kind;
    },
  });
}
