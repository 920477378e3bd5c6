import type { Context } from '../../context';
import { AppError } from '../../errors';
import { DAY_MS, MINUTE_MS } from '../../lib/durations';

/** As for passwords: ten are free, then each costs a wait that doubles up to a quarter of an hour. */
const DELAYS = {
  freeTries: 10,
  firstMs: MINUTE_MS,
  longestMs: 15 * MINUTE_MS,
  forgottenAfterMs: DAY_MS,
};
const WRONG: readonly string[] = ['code_wrong', 'code_used'];

/**
 * Tries a code, counted before it is made, so that simultaneous tries count too. Whoever may try one
 * has the right password: so those from all browsers that are not known count together.
 * @param from which browser or session; tries hold up nobody elsewhere
 * @param attempt uses the code, and does what it is for
 * @param onManyWrong called once, when the free tries are used up
 * @throws AppError too_many_requests; what `attempt` throws
 */
export async function tryCode<T>({
  ctx,
  account,
  from,
  attempt,
  onManyWrong,
}: {
  ctx: Context;
  account: string;
  from: string;
  attempt: () => Promise<T>;
  onManyWrong?: (count: number) => Promise<void>;
}): Promise<T> {
  const key = ctx.identifiers.current('two_step', `${account}\0${from}`);
  const now = ctx.now();
  const { tries, waiting, wait_until } = await ctx.store.sessions.countTry(key, now, DELAYS);
  if (waiting && wait_until) {
    const retryAfterSeconds = Math.ceil((wait_until.getTime() - now.getTime()) / 1_000);
    throw new AppError('too_many_requests', { retryAfterSeconds });
  }
  try {
    const result = await attempt();
    await ctx.store.sessions.forgetTries(key);
    return result;
  } catch (error) {
    const isWrong = error instanceof AppError && WRONG.includes(error.code);
    if (!isWrong) await ctx.store.sessions.uncountTry(key);
    else if (tries === DELAYS.freeTries) await onManyWrong?.(tries);
    throw error;
  }
}
