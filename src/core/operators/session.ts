import type { Account } from '../accounts/account';
import {
  type CurrentSession,
  currentSession,
  newSession,
  type Origin,
} from '../accounts/new-session';
import { extended } from '../accounts/session-life';
import type { Caller, Context } from '../../context';
import { hashSecret, newSecret } from '../../lib/random-ids';
import type { Session } from '../../store';
import type { PasswordNotice } from '../../store/accounts';
import type { OperatorSession } from '../../store/operator-sessions';
import type { Operator } from '../../store/operators';
import { operatorAccount } from './operator-account';

/** An operator who has signed in with a password of their own. */
export interface NamedOperator {
  operator_id: string;
  email: string;
  notice: PasswordNotice | null;
  account: Account;
  session: CurrentSession;
}

/** Whoever operates the service: somebody by name, or who has the operator token. */
export interface OperatorPrincipal {
  /** Null: by the token. */
  named: NamedOperator | null;
  role: Operator['role'];
  caller: Caller;
  /** What every form of their session must contain; null where credentials come with each request. */
  formToken: string | null;
}

/** Who has the operator token may do everything, so that nobody can lock everybody out. */
export function byToken(ip: string, formToken: string | null = null): OperatorPrincipal {
  const caller: Caller = { actor: { type: 'operator', id: null }, ip };
  return { named: null, role: 'admin', caller, formToken };
}

/**
 * Opens a session under a new secret, in the transaction of the change that led to it.
 * @param operatorId null: for who has the operator token
 * @returns the secret, which is for the person's cookie only
 */
export async function openSession({
  ctx,
  operatorId,
  from,
  transaction,
}: {
  ctx: Context;
  operatorId: string | null;
  from: Origin;
  transaction: Session;
}): Promise<string> {
  const secret = newSecret('rescind_ops');
  const whose = {
    operator_id: operatorId,
    token_hash: operatorId === null ? tokenHash(ctx) : null,
  };
  const session = newSession({ ctx, secret, from });
  await ctx.store.operatorSessions.insert({ ...session, ...whose }, transaction);
  return secret;
}

/**
 * Finds who a session's secret belongs to, anew for every request, so that who is removed is gone at
 * once, and the token's sessions with the token.
 * @returns null when the session has ended
 */
export async function resumeSession({
  ctx,
  secret,
  ip,
  now = ctx.now(),
}: {
  ctx: Context;
  secret: string;
  ip: string;
  now?: Date;
}): Promise<OperatorPrincipal | null> {
  const session = await ctx.store.operatorSessions.find(hashSecret(secret), now);
  if (!session) return null;
  const principal = await whoseIs(ctx, session, ip, hashSecret(`form\0${secret}`));
  const more = principal && extended(session, now);
  if (more) await ctx.store.operatorSessions.touch(session._id, more.before, now, ip, more.until);
  return principal;
}

async function whoseIs(
  ctx: Context,
  session: OperatorSession,
  ip: string,
  formToken: string,
): Promise<OperatorPrincipal | null> {
  const { operator_id, token_hash } = session;
  if (operator_id === null) return token_hash === tokenHash(ctx) ? byToken(ip, formToken) : null;
  const operator = await ctx.store.operators.find(operator_id);
  if (!operator) return null;
  const { email, role, password_notice: notice = null } = operator;
  const account = operatorAccount(operator);
  const caller: Caller = { actor: { type: 'operator', id: operator_id }, ip };
  const named = { operator_id, email, notice, account, session: currentSession(session) };
  return { named, role, caller, formToken };
}

/** The token has as many bits as production asks for: nobody finds it by its hash. */
function tokenHash({ config }: Context): string {
  return hashSecret(`operator token\0${config.operatorToken}`);
}
