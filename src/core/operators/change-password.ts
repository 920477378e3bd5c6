import type { Context } from '../../context';
import { AppError } from '../../errors';
import { tellByMail } from '../accounts/tell-by-mail';
import { OPERATOR_LOG } from '../audit/operator-log';
import { recordChange } from '../audit/record-change';
import { newPassword } from '../messages/letters';
import { hashPassword } from '../users/password-hash';
import { assertHardToGuess } from '../users/password-rules';
import { openSession, type OperatorPrincipal } from './session';
import { confirmPassword } from './try-password';

/**
 * Changes an operator's own password, ends all their sessions, and withdraws the links by which it
 * could be replaced.
 * @returns the secret of a new session for them
 * @throws AppError invalid_request naming `current_password` or `password`, too_many_requests,
 *   operator_not_found
 */
export async function changePassword({
  ctx,
  by,
  current: password,
  next,
}: {
  ctx: Context;
  by: OperatorPrincipal;
  current: string;
  /** Of an allowed length. */
  next: string;
}): Promise<string> {
  const { named, caller } = by;
  // Who has the operator token has no password of their own.
  if (!named) throw new AppError('operator_not_found');
  const { operator_id: operatorId, email, account, session: current } = named;
  await confirmPassword({ ctx, by, password });
  assertHardToGuess({ password: next, email });
  const hash = await hashPassword(next);
  const { operators, operatorSessions } = ctx.store;
  return ctx.store.transaction(async (session) => {
    const changed = await operators.setPassword(operatorId, hash, session);
    if (!changed) throw new AppError('operator_not_found');
    await operators.deleteLinksFor(operatorId, session);
    await operatorSessions.deleteOf(operatorId, session);
    const action = 'operator.password_changed';
    await recordChange({ ctx, session, companyId: OPERATOR_LOG, action, caller });
    await tellByMail({ ctx, session, account, ip: caller.ip, write: newPassword });
    const from = { ip: caller.ip ?? '', userAgent: current.user_agent };
    return openSession({ ctx, operatorId, from, transaction: session });
  });
}
