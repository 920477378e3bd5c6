import type { Context } from '../../context';
import { turnOnOwn } from '../accounts/own-two-step';
import { confirmPassword } from './confirm-password';
import type { DashboardUser } from './session';

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
  const { account, caller, session } = by;
  return turnOnOwn({ ctx, account, caller, sessionId: session.session_id, sealed, code });
}
