import { z } from 'zod';
import { changeCompany } from '../companies/change-company';
import type { Completion } from '../idempotency/commit-change';
import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import { turnOff } from '../two-step/turn-off';
import { tellOfTwoStepOff } from './tell-of-new-password';

const REASON_MAX_CHARACTERS = 900;

/** Why somebody's two-step sign-in is taken off, for the audit log. */
export const takeOffReason = z.object({
  reason: z.string().trim().min(1).max(REASON_MAX_CHARACTERS),
});

/**
 * Takes two-step sign-in off for a user who has lost their phone and their recovery codes, and ends
 * their sessions. For operators: a company's admins cannot do it.
 * @throws AppError company_not_found, user_not_found, two_step_off
 */
export function takeOffTwoStep({
  ctx,
  companyId,
  userId,
  caller,
  reason,
  completion,
}: {
  ctx: Context;
  companyId: string;
  userId: string;
  caller: Caller;
  reason: string;
  completion?: Completion<void> | undefined;
}): Promise<void> {
  return changeCompany({
    ctx,
    companyId,
    caller,
    completion,
    entry: { action: 'user.two_step_taken_off', reason: `${userId}: ${reason}` },
    change: async (session) => {
      const user = await ctx.store.accounts.findUser(companyId, userId, session);
      if (!user) throw new AppError('user_not_found');
      await turnOff({ ctx, account: userId, session });
      await ctx.store.sessions.deleteOf(userId, session);
      await tellOfTwoStepOff({ ctx, session, companyId, userId, ip: null });
    },
  });
}
