import { recordChange } from '../audit/record-change';
import { commitChange } from '../idempotency/commit-change';
import { markDevice, readDevice } from '../accounts/known-device';
import { hashPassword } from './password-hash';
import { assertHardToGuess } from './password-rules';
import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import { hashSecret, newId } from '../../lib/random-ids';
import type { Session } from '../../store';
import type { Invitation } from '../../store/invitations';
import { tellOfNewPassword } from './tell-of-new-password';
import { getTwoStep } from '../two-step/get-two-step';
import { forgetTries, fromDevice, fromNetwork } from '../accounts/tries';

/**
 * Finds the invitation of a link.
 * @throws AppError invitation_not_found when it was used or cancelled, has expired or never existed,
 *   or its maker could not make it any more
 */
export async function findInvitation({
  ctx,
  secret,
}: {
  ctx: Context;
  secret: string;
}): Promise<{ email: string }> {
  const invitation = await ctx.store.invitations.find(hashSecret(secret), ctx.now());
  if (!invitation || !(await mayItsMakerStill(ctx, invitation))) {
    throw new AppError('invitation_not_found');
  }
  return { email: invitation.email };
}

/** A link is worth as much as the rights of whoever made it, at the time it is followed. */
async function mayItsMakerStill(
  ctx: Context,
  { company_id, made_by }: Invitation,
  session?: Session,
): Promise<boolean> {
  if (made_by?.type !== 'user') return true;
  const maker = await ctx.store.accounts.findUser(company_id, made_by.id ?? '', session);
  return maker?.role === 'admin';
}

/**
 * Uses a link, once: creates the user, or replaces their password and ends all their sessions.
 * @param password of an allowed length
 * @param device mark of the browser, see `markDevice`
 * @returns the mark of the browser from then on: whoever signs in next there is no news to its person
 * @throws AppError invalid_request naming `password`; those of `findInvitation`; already_exists when
 *   the company has a user with this email by now
 */
export async function acceptInvitation({
  ctx,
  secret,
  password,
  ip,
  device,
}: {
  ctx: Context;
  secret: string;
  password: string;
  ip: string;
  device?: string | undefined;
}): Promise<{ device: string | undefined }> {
  const { email } = await findInvitation({ ctx, secret });
  assertHardToGuess({ password, email });
  const hash = await hashPassword(password);
  const account = await commitChange({
    ctx,
    change: async (session) => {
      const taken = await ctx.store.invitations.take(hashSecret(secret), ctx.now(), session);
      if (!taken || !(await mayItsMakerStill(ctx, taken, session))) {
        throw new AppError('invitation_not_found');
      }
      const userId = await saveUser(ctx, taken, hash, session);
      const caller: Caller = { actor: { type: 'user', id: userId }, ip };
      const action = taken.kind === 'reset' ? 'user.password_reset' : 'user.created';
      const companyId = taken.company_id;
      await recordChange({ ctx, session, companyId, action, caller });
      if (taken.kind === 'reset') await tellOfNewPassword({ ctx, session, companyId, userId, ip });
      return userId;
    },
  });
  // Someone who forgot their password has tried a few.
  const known = readDevice({ ctx, mark: device });
  const places = [fromNetwork(ip), ...(known ? [fromDevice(known.device_id)] : [])];
  await Promise.all(places.map((from) => forgetTries({ ctx, place: { account, from } })));
  // With two-step sign-in a browser is known once it has given a code: its tries of codes count alone.
  const isKnown = !(await getTwoStep({ ctx, account }));
  return { device: isKnown ? markDevice({ ctx, userId: account }) : undefined };
}

async function saveUser(
  ctx: Context,
  { company_id, email, role, user_id }: Invitation,
  password_hash: string,
  session: Session,
): Promise<string> {
  const { accounts, invitations, sessions } = ctx.store;
  if (user_id === null) {
    const _id = newId('usr');
    const created_at = ctx.now();
    await accounts.insertUser({ _id, company_id, email, password_hash, role, created_at }, session);
    return _id;
  }
  const found = await accounts.setPassword(company_id, user_id, password_hash, session);
  if (!found) throw new AppError('invitation_not_found');
  await accounts.setPasswordNotice(user_id, null, session);
  await invitations.deleteResetsOf(company_id, user_id, session);
  await sessions.deleteOf(user_id, session);
  return user_id;
}
