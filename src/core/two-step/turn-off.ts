import type { Context } from '../../context';
import { AppError } from '../../errors';
import type { Session } from '../../store';

/**
 * Turns two-step sign-in off, in the transaction of its audit entry: secret and recovery codes go.
 * @throws AppError two_step_off when it was not on
 */
export async function turnOff({
  ctx,
  account,
  session,
}: {
  ctx: Context;
  account: string;
  session: Session;
}): Promise<void> {
  const wasOn = await ctx.store.twoSteps.delete(account, session);
  if (!wasOn) throw new AppError('two_step_off');
}
