import { recordChange } from '../audit/record-change';
import { commitChange } from '../idempotency/commit-change';
import type { Context } from '../../context';
import { tryCode } from '../two-step/try-code';
import { turnOn } from '../two-step/turn-on';
import { confirmPassword } from './confirm-password';
import type { DashboardUser } from './session';
import { FROM_SESSION } from './tries';

/**
 * Turns the signed-in user's two-step sign-in on, and ends their other sessions, which did without.
 * @param sealed of `setUp`
 * @returns the recovery codes, to be shown once
 * @throws AppError invalid_request naming `current_password` or `setup`, code_wrong,
 *   too_many_requests, already_exists
 */
export async function turnOnTwoStep({
  ctx,
  by,
  password,
  sealed,
  code,
}: {
  ctx: Context;
  by: DashboardUser;
  password: string;
  sealed: string;
  code: string;
}): Promise<string[]> {
  await confirmPassword({ ctx, by, password });
  const { user, caller } = by;
  const { company_id: companyId, user_id: account } = user;
  const attempt = () =>
    commitChange({
      ctx,
      change: async (session) => {
        const { codes, isNew } = await turnOn({ ctx, account, sealed, code, session });
        if (!isNew) return codes;
        await ctx.store.sessions.deleteOfUser(account, session, by.session.session_id);
        const action = 'user.two_step_on';
        await recordChange({ ctx, session, companyId, action, caller });
        return codes;
      },
    });
  return tryCode({ ctx, account, from: FROM_SESSION, attempt });
}
