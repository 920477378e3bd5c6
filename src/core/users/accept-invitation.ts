import { recordChange } from '../audit/record-change';
import { commitChange } from '../idempotency/commit-change';
import { hashPassword } from './password-hash';
import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import { hashSecret, newId } from '../../lib/random-ids';
import type { Session } from '../../store';
import type { Invitation } from '../../store/invitations';
import { forgetTries } from './try-password';

/**
 * Finds the invitation of a link.
 * @throws AppError invitation_not_found when it was used, has expired or never existed
 */
export async function findInvitation({
  ctx,
  secret,
}: {
  ctx: Context;
  secret: string;
}): Promise<{ email: string }> {
  const invitation = await ctx.store.invitations.find(hashSecret(secret), new Date());
  if (!invitation) throw new AppError('invitation_not_found');
  return { email: invitation.email };
}

/**
 * Uses a link, once: creates the user, or replaces their password and ends all their sessions.
 * @param password already validated
 * @throws AppError invitation_not_found; already_exists when the email has a user by now
 */
export async function acceptInvitation({
  ctx,
  secret,
  password,
  ip,
}: {
  ctx: Context;
  secret: string;
  password: string;
  ip: string;
}): Promise<void> {
  const { email } = await findInvitation({ ctx, secret });
  const hash = await hashPassword(password);
  await commitChange({
    ctx,
    change: async (session) => {
      const taken = await ctx.store.invitations.take(hashSecret(secret), new Date(), session);
      if (!taken) throw new AppError('invitation_not_found');
      const userId = await saveUser(ctx, taken, hash, session);
      const caller: Caller = { actor: { type: 'user', id: userId }, ip };
      const action = taken.kind === 'reset' ? 'user.password_reset' : 'user.created';
      await recordChange({ ctx, session, companyId: taken.company_id, action, caller });
    },
  });
  // Someone who forgot their password has tried a few.
  await forgetTries({ ctx, email });
}

async function saveUser(
  ctx: Context,
  { company_id, email, role, user_id }: Invitation,
  password_hash: string,
  session: Session,
): Promise<string> {
  const { accounts, sessions } = ctx.store;
  if (user_id === null) {
    const _id = newId('usr');
    const created_at = new Date();
    await accounts.insertUser({ _id, company_id, email, password_hash, role, created_at }, session);
    return _id;
  }
  const found = await accounts.setPassword(company_id, user_id, password_hash, session);
  if (!found) throw new AppError('invitation_not_found');
  await sessions.deleteOfUser(user_id, session);
  return user_id;
}
