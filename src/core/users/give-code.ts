import { isSamePassword, readAwaited } from '../accounts/await-code';
import type { Arrival } from '../accounts/new-session';
import { trySignInCode } from '../accounts/try-sign-in-code';
import { actorName } from '../audit/actor-name';
import type { Context } from '../../context';
import { AppError, type ErrorCode } from '../../errors';
import type { User } from '../../store/accounts';
import { letIn, type SignedIn } from './let-in';
import { userAccount } from './user-account';

/** Refusals that are no failed sign-in: it has to begin anew, or may not be from here. */
const NOT_FAILED: readonly ErrorCode[] = ['unauthenticated', 'ip_not_allowed'];

/** Whether a user's sign-in waits for its code. */
export function isAwaited({ ctx, pending }: { ctx: Context; pending: string }): boolean {
  return readAwaited({ ctx, kind: 'user', pending }) !== null;
}

/**
 * Ends a sign-in that `signIn` has begun, by a code of the app or a recovery code.
 * @throws AppError code_wrong, code_used, too_many_requests, ip_not_allowed; unauthenticated when
 *   it has to begin anew
 */
export async function giveCode({
  ctx,
  pending,
  code,
  ...from
}: Arrival & { ctx: Context; pending: string; code: string }): Promise<SignedIn> {
  const user = await whoseTurn(ctx, pending);
  const { ip, device } = from;
  try {
    return await trySignInCode({
      ctx,
      account: userAccount(user),
      code,
      ip,
      device,
      letIn: (prove) => letIn({ ctx, user, from, prove }),
    });
  } catch (error) {
    if (error instanceof AppError && !NOT_FAILED.includes(error.code)) {
      const credential = actorName({ type: 'user', id: user._id });
      ctx.access.count({ companyId: user.company_id, event: 'sign_in_failed', credential, ip });
    }
    throw error;
  }
}

async function whoseTurn(ctx: Context, pending: string): Promise<User> {
  const begun = readAwaited({ ctx, kind: 'user', pending });
  const user = begun && (await ctx.store.accounts.findUser(begun.companyId ?? '', begun.id));
  if (!user || !isSamePassword(begun, user.password_hash)) throw new AppError('unauthenticated');
  return user;
}
