import type { Context } from '../../context';
import { renewOwnCodes, turnOffOwn } from '../accounts/own-two-step';
import { confirmPassword } from './confirm-password';
import type { DashboardUser } from './session';

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
export async function turnOffTwoStep({ ctx, by, password, code }: Request): Promise<void> {
  await confirmPassword({ ctx, by, password });
  const { account, caller } = by;
  await turnOffOwn({ ctx, account, caller, code });
}

/**
 * Makes the signed-in user's recovery codes anew.
 * @returns to be shown once
 * @throws AppError as `turnOffTwoStep`
 */
export async function makeRecoveryCodes({ ctx, by, password, code }: Request): Promise<string[]> {
  await confirmPassword({ ctx, by, password });
  const { account, caller } = by;
  return renewOwnCodes({ ctx, account, caller, code });
}
