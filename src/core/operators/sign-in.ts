import { awaitCode } from '../accounts/await-code';
import type { Arrival } from '../accounts/new-session';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { hashSecret, sameSecret } from '../../lib/random-ids';
import type { Operator } from '../../store/operators';
import { OPERATOR_LOG } from '../audit/operator-log';
import { recordChange } from '../audit/record-change';
import { normalizeEmail } from '../identifiers/email';
import { getTwoStep } from '../two-step/get-two-step';
import { letIn, type SignedIn } from './let-in';
import { operatorAccount } from './operator-account';
import type { OperatorPrincipal } from './session';
import { tryPassword } from './try-password';

export type { SignedIn } from './let-in';

/** By which whoever has the operator token signs in, as with HTTP Basic. */
export const TOKEN_NAME = 'operator';

/** The operator has two-step sign-in on: `giveCode` goes on from here, and nothing is open before. */
export interface CodeWanted {
  /** For a cookie of this browser. */
  pending: string;
}

/**
 * Signs an operator in under a new session; the browser's previous one ends. With two-step sign-in
 * that takes a code besides. The name "operator" with the operator token works as well.
 * @throws AppError unauthenticated, too_many_requests
 */
export async function signIn({
  ctx,
  email,
  password,
  ...from
}: Arrival & { ctx: Context; email: string; password: string }): Promise<SignedIn | CodeWanted> {
  const operator = await whoIs({ ctx, email, password, from });
  const isTwoStep = operator && (await getTwoStep({ ctx, account: operator._id })) !== null;
  if (!isTwoStep) return letIn({ ctx, operator, from });
  const account = operatorAccount(operator);
  // Whoever has signed in has a password.
  return { pending: awaitCode({ ctx, account, passwordHash: operator.password_hash ?? '' }) };
}

/** @returns null: by the token */
async function whoIs({
  ctx,
  email,
  password,
  from: { ip, device },
}: {
  ctx: Context;
  email: string;
  password: string;
  from: Arrival;
}): Promise<Operator | null> {
  // Nobody guesses a token: it is not held up by tries that were made before.
  const isToken = email.trim().toLowerCase() === TOKEN_NAME;
  if (isToken && sameSecret(password, ctx.config.operatorToken)) return null;
  const normal = normalizeEmail(email);
  const operator =
    normal === null ? null : await tryPassword({ ctx, email: normal, password, ip, device });
  if (!operator) throw new AppError('unauthenticated');
  return operator;
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
