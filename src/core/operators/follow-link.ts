import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import { hashSecret } from '../../lib/random-ids';
import type { Session } from '../../store';
import type { OperatorLink } from '../../store/operators';
import { markDevice } from '../accounts/known-device';
import { tellByMail } from '../accounts/tell-by-mail';
import { OPERATOR_LOG } from '../audit/operator-log';
import { recordChange } from '../audit/record-change';
import { newPassword } from '../messages/letters';
import { getTwoStep } from '../two-step/get-two-step';
import { hashPassword } from '../users/password-hash';
import { assertHardToGuess } from '../users/password-rules';
import { operatorAccount } from './operator-account';
import { forgetTriesOf } from './try-password';

/**
 * Finds whom a link is for.
 * @throws AppError invitation_not_found when it was used or replaced, has expired or never existed,
 *   or its maker could not make it any more
 */
export async function findLink({
  ctx,
  secret,
}: {
  ctx: Context;
  secret: string;
}): Promise<{ email: string }> {
  const link = await ctx.store.operators.findLink(hashSecret(secret), ctx.now());
  return { email: (await requireGood(ctx, link)).email };
}

/**
 * Uses a link, once: sets the operator's password and ends all their sessions.
 * @param password of an allowed length
 * @returns the mark of the browser from then on: whoever signs in next there is no news to its person
 * @throws AppError invalid_request naming `password`; those of `findLink`
 */
export async function followLink({
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
  /** Mark of the browser, see `markDevice`. */
  device?: string | undefined;
}): Promise<{ device: string | undefined }> {
  const { email } = await findLink({ ctx, secret });
  assertHardToGuess({ password, email });
  const hash = await hashPassword(password);
  const { operators, operatorSessions } = ctx.store;
  const operatorId = await ctx.store.transaction(async (session) => {
    const link = await operators.takeLink(hashSecret(secret), ctx.now(), session);
    const { _id } = await requireGood(ctx, link, session);
    await operators.setPassword(_id, hash, session);
    await operatorSessions.deleteOf(_id, session);
    const caller: Caller = { actor: { type: 'operator', id: _id }, ip };
    const action = link?.kind === 'reset' ? 'operator.password_reset' : 'operator.joined';
    await recordChange({ ctx, session, companyId: OPERATOR_LOG, action, caller });
    if (link?.kind === 'reset') {
      const account = operatorAccount({ _id, email });
      await tellByMail({ ctx, session, account, ip, write: newPassword });
    }
    return _id;
  });
  // Someone who forgot their password has tried a few.
  await forgetTriesOf({ ctx, operatorId, ip, device });
  // With two-step sign-in a browser is known once it has given a code: its tries of codes count alone.
  const isKnown = !(await getTwoStep({ ctx, account: operatorId }));
  return { device: isKnown ? markDevice({ ctx, userId: operatorId }) : undefined };
}

/** A link is worth as much as the rights of whoever made it, at the time it is followed. */
async function requireGood(ctx: Context, link: OperatorLink | null, session?: Session) {
  const { operators } = ctx.store;
  const operator = link && (await operators.find(link.operator_id, session));
  const makerId = link?.made_by.id ?? null;
  const maker = makerId === null ? null : await operators.find(makerId, session);
  const isTakenBack = makerId !== null && maker?.role !== 'admin';
  if (!operator || isTakenBack) throw new AppError('invitation_not_found');
  return operator;
}
