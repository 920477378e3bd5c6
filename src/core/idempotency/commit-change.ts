import type { Context } from '../../context';
import { AppError } from '../../errors';
import { isDuplicate, type Session } from '../../store';

/** Runs in the transaction of a change, for writes that must happen if and only if it does. */
export type Completion<Result> = (session: Session, result: Result) => Promise<void>;

/**
 * Makes a change to a company, its audit entry and its completion in one transaction.
 * @throws AppError already_exists when a unique key is taken
 */
export async function commitChange<Result>({
  ctx,
  change,
  completion,
}: {
  ctx: Context;
  change: (session: Session) => Promise<Result>;
  completion?: Completion<Result> | undefined;
}): Promise<Result> {
  try {
    return await ctx.store.transaction(async (session) => {
      const result = await change(session);
      await completion?.(session, result);
      return result;
    });
  } catch (error) {
    if (isDuplicate(error)) throw new AppError('already_exists');
    throw error;
  }
}
