import { isSamePassword, readAwaited } from '../accounts/await-code';
import type { Arrival } from '../accounts/new-session';
import { trySignInCode } from '../accounts/try-sign-in-code';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import type { Operator } from '../../store/operators';
import { letIn, type SignedIn } from './let-in';
import { operatorAccount } from './operator-account';

/** Whether an operator's sign-in waits for its code. */
export function isAwaited({ ctx, pending }: { ctx: Context; pending: string }): boolean {
  return readAwaited({ ctx, kind: 'operator', pending }) !== null;
}

/**
 * Ends a sign-in that `signIn` has begun, by a code of the app or a recovery code.
 * @throws AppError code_wrong, code_used, too_many_requests; unauthenticated when it has to begin
 *   anew
 */
export async function giveCode({
  ctx,
  pending,
  code,
  ...from
}: Arrival & { ctx: Context; pending: string; code: string }): Promise<SignedIn> {
  const operator = await whoseTurn(ctx, pending);
  const { ip, device } = from;
  return trySignInCode({
    ctx,
    account: operatorAccount(operator),
    code,
    ip,
    device,
    letIn: (prove) => letIn({ ctx, operator, from, prove }),
  });
}

async function whoseTurn(ctx: Context, pending: string): Promise<Operator> {
  const begun = readAwaited({ ctx, kind: 'operator', pending });
  const operator = begun && (await ctx.store.operators.find(begun.id));
  if (!operator || !isSamePassword(begun, operator.password_hash)) {
    throw new AppError('unauthenticated');
  }
  return operator;
}
