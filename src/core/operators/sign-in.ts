import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import { hashSecret, sameSecret } from '../../lib/random-ids';
import { OPERATOR_LOG } from '../audit/operator-log';
import { recordChange } from '../audit/record-change';
import { normalizeEmail } from '../identifiers/email';
import { markDevice } from '../users/known-device';
import { openSession, type OperatorPrincipal } from './session';
import { tryPassword } from './try-password';

/** By which whoever has the operator token signs in, as with HTTP Basic. */
export const TOKEN_NAME = 'operator';

/** The secret of a new session, and the mark of the browser; each for a cookie. */
export interface SignedIn {
  secret: string;
  /** Null: there is nobody to mark it for. */
  device: string | null;
}

/**
 * Signs an operator in under a new session; the browser's previous one ends. The name "operator" with
 * the operator token works as well.
 * @param previousSecret of the browser's previous session
 * @param device mark of the browser, see `markDevice`
 * @throws AppError unauthenticated, too_many_requests
 */
export async function signIn({
  ctx,
  email,
  password,
  ip,
  previousSecret,
  device,
}: {
  ctx: Context;
  email: string;
  password: string;
  ip: string;
  previousSecret?: string | undefined;
  device?: string | undefined;
}): Promise<SignedIn> {
  const operatorId = await whoIs({ ctx, email, password, ip, device });
  const secret = await ctx.store.transaction(async (session) => {
    // Removed while the password was tried.
    const isGone = operatorId !== null && !(await ctx.store.operators.find(operatorId, session));
    if (isGone) throw new AppError('unauthenticated');
    if (previousSecret !== undefined) {
      await ctx.store.operatorSessions.delete(hashSecret(previousSecret), session);
    }
    const caller: Caller = { actor: { type: 'operator', id: operatorId }, ip };
    const action = 'operator.signed_in';
    await recordChange({ ctx, session, companyId: OPERATOR_LOG, action, caller });
    return openSession({ ctx, operatorId, transaction: session });
  });
  return { secret, device: operatorId && markDevice({ ctx, userId: operatorId }) };
}

/** @returns the operator's id; null: by the token */
async function whoIs({
  ctx,
  email,
  password,
  ip,
  device,
}: {
  ctx: Context;
  email: string;
  password: string;
  ip: string;
  device?: string | undefined;
}): Promise<string | null> {
  // Nobody guesses a token: it is not held up by tries that were made before.
  const isToken = email.trim().toLowerCase() === TOKEN_NAME;
  if (isToken && sameSecret(password, ctx.config.operatorToken)) return null;
  const normal = normalizeEmail(email);
  const operator =
    normal === null ? null : await tryPassword({ ctx, email: normal, password, ip, device });
  if (!operator) throw new AppError('unauthenticated');
  return operator._id;
}

/**
 * Ends a session; a copy of its cookie is worth nothing from then on.
 * @param secret of the session that `by` was resumed from
 */
export async function signOut({
  ctx,
  by: { caller },
  secret,
}: {
  ctx: Context;
  by: OperatorPrincipal;
  secret: string;
}): Promise<void> {
  await ctx.store.transaction(async (session) => {
    const ended = await ctx.store.operatorSessions.delete(hashSecret(secret), session);
    // Two at once are one sign-out.
    if (!ended) return;
    const action = 'operator.signed_out';
    await recordChange({ ctx, session, companyId: OPERATOR_LOG, action, caller });
  });
}
