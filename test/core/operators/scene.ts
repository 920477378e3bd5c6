import type { Caller, Context } from '../../../src/context';
import { followLink } from '../../../src/core/operators/follow-link';
import { inviteOperator } from '../../../src/core/operators/invite-operator';
import type { Arrival } from '../../../src/core/accounts/new-session';
import { type SignedIn, signIn } from '../../../src/core/operators/sign-in';
import type { MadeLink } from '../../../src/core/operators/make-link';
import { OPERATOR_LOG } from '../../../src/core/audit/operator-log';
import type { Operator } from '../../../src/store/operators';
import { newId } from '../../../src/lib/random-ids';
import { IP, PASSWORD, cheapHash } from '../users/scene';

export { IP, PASSWORD };

/** Who has the operator token. */
export const TOKEN: Caller = { actor: { type: 'operator', id: null }, ip: IP };

const PASSWORD_HASH = cheapHash(PASSWORD);

/** An email that nobody else has. */
export function anEmail(): string {
  return `op-${Math.random().toString(36).slice(2)}@rescind.example`;
}

/** Adds an operator with `PASSWORD`, at a cost that is low. */
export async function makeOperator(
  ctx: Context,
  role: Operator['role'] = 'admin',
): Promise<{ id: string; email: string; caller: Caller }> {
  const [id, email] = [newId('opr'), anEmail()];
  const operator = { _id: id, email, role, password_hash: PASSWORD_HASH, removed_at: null };
  await ctx.store.transaction((session) =>
    ctx.store.operators.insert({ ...operator, created_at: ctx.now() }, session),
  );
  return { id, email, caller: { actor: { type: 'operator', id }, ip: IP } };
}

/** Signs an operator in who has no two-step sign-in. */
export async function enter(
  ctx: Context,
  from: { email: string; password?: string; ip?: string } & Partial<Arrival>,
): Promise<SignedIn> {
  const result = await signIn({ ctx, password: PASSWORD, ip: IP, ...from });
  if (!('secret' in result)) throw new Error('a code is wanted');
  return result;
}

/** Invites somebody. */
export function invite(ctx: Context, caller = TOKEN, email = anEmail()): Promise<MadeLink> {
  return inviteOperator({ ctx, caller, input: { email, role: 'admin' } });
}

/** Uses a link. */
export async function follow(ctx: Context, secret: string, password = PASSWORD): Promise<void> {
  await followLink({ ctx, secret, password, ip: IP });
}

/** The newest entries of the operators' own log. */
export async function operatorEntries(ctx: Context, action: string, limit = 20) {
  return (await ctx.store.audit.list(OPERATOR_LOG, { action }, { limit })).items;
}
