import { recordChange } from '../audit/record-change';
import type { Context } from '../../context';
import type { Session } from '../../store';
import type { AuditAction } from '../../store/audit-actions';
import { renewRecoveryCodes } from '../two-step/renew-recovery-codes';
import { tryCode } from '../two-step/try-code';
import { turnOff } from '../two-step/turn-off';
import { useCode } from '../two-step/use-code';
import { confirmPassword } from './confirm-password';
import type { DashboardUser } from './session';
import { tellOfTwoStepOff } from './tell-of-new-password';
import { FROM_SESSION } from './tries';

interface Request {
  ctx: Context;
  by: DashboardUser;
  password: string;
  /** Of the app, or a recovery code. */
  code: string;
}

/**
 * Turns the signed-in user's two-step sign-in off.
 * @throws AppError invalid_request naming `current_password`, code_wrong, code_used,
 *   too_many_requests, two_step_off
 */
export function turnOffTwoStep(request: Request): Promise<void> {
  const { ctx, by } = request;
  const { company_id: companyId, user_id: userId } = by.user;
  return withCode(request, 'user.two_step_off', async (session) => {
    await turnOff({ ctx, account: userId, session });
    await tellOfTwoStepOff({ ctx, session, companyId, userId, ip: by.caller.ip });
  });
}

/**
 * Makes the signed-in user's recovery codes anew.
 * @returns to be shown once
 * @throws AppError as `turnOffTwoStep`
 */
export function makeRecoveryCodes(request: Request): Promise<string[]> {
  const { ctx, by } = request;
  return withCode(request, 'user.recovery_codes_made', (session) =>
    renewRecoveryCodes({ ctx, account: by.user.user_id, session }),
  );
}

async function withCode<T>(
  { ctx, by, password, code }: Request,
  action: AuditAction,
  change: (session: Session) => Promise<T>,
): Promise<T> {
  await confirmPassword({ ctx, by, password });
  const { user, caller } = by;
  const { company_id: companyId, user_id: account } = user;
  const attempt = () =>
    ctx.store.transaction(async (session) => {
      await useCode({ ctx, account, code, session });
      const result = await change(session);
      await recordChange({ ctx, session, companyId, action, caller });
      return result;
    });
  return tryCode({ ctx, account, from: FROM_SESSION, attempt });
}
