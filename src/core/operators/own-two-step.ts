import { renewOwnCodes, turnOffOwn, turnOnOwn } from '../accounts/own-two-step';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import type { NamedOperator, OperatorPrincipal } from './session';
import { confirmPassword } from './try-password';

interface Request {
  ctx: Context;
  by: OperatorPrincipal;
  password: string;
  /** Of the app; where it is on, a recovery code too. */
  code: string;
}

/**
 * Turns the signed-in operator's two-step sign-in on, and ends their other sessions, which did without.
 * @param sealed of `setUp`
 * @returns the recovery codes, to be shown once
 * @throws AppError invalid_request naming `current_password` or `setup`, code_wrong,
 *   too_many_requests, already_exists; operator_not_found by the token
 */
export async function turnOnTwoStep({
  sealed,
  ...request
}: Request & { sealed: string }): Promise<string[]> {
  const own = await confirmed(request);
  return turnOnOwn({ ...own.request, sealed, sessionId: own.session.session_id });
}

/**
 * Turns the signed-in operator's two-step sign-in off.
 * @throws AppError invalid_request naming `current_password`, code_wrong, code_used,
 *   too_many_requests, two_step_off; operator_not_found by the token
 */
export async function turnOffTwoStep(request: Request): Promise<void> {
  await turnOffOwn((await confirmed(request)).request);
}

/**
 * Makes the signed-in operator's recovery codes anew.
 * @returns to be shown once
 * @throws AppError as `turnOffTwoStep`
 */
export async function makeRecoveryCodes(request: Request): Promise<string[]> {
  return renewOwnCodes((await confirmed(request)).request);
}

/** Who has the operator token has no account of their own. */
async function confirmed({ ctx, by, password, code }: Request): Promise<{
  request: Parameters<typeof turnOffOwn>[0];
  session: NamedOperator['session'];
}> {
  const { named, caller } = by;
  if (!named) throw new AppError('operator_not_found');
  await confirmPassword({ ctx, by, password });
  return { request: { ctx, account: named.account, caller, code }, session: named.session };
}
