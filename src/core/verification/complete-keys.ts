import type { Context } from '../../context';
import { unavailable } from '../../errors';
import { Overtaken, type Session } from '../../store';
import type { Completion } from '../../store/idempotency';
import type { AnyAnswer, Paid } from './answer-checks';

/**
 * Keeps the answers of calls under a key, for whoever repeats them.
 * @param lost gets the keys whose leases have passed to others
 * @throws Overtaken when there are such
 */
export async function completeKeys({
  ctx,
  answers,
  lost,
  session,
}: {
  ctx: Context;
  answers: ReadonlyMap<Paid, AnyAnswer>;
  lost: Set<string>;
  session: Session;
}): Promise<void> {
  const completions = [...answers].flatMap(([{ call }, answer]): Completion[] => {
    if (!call.heldKey) return [];
    const response = { status: 200, body: JSON.stringify(answer) };
    return [{ id: call.heldKey.id, lease: call.heldKey.lease, response }];
  });
  const completed = await ctx.store.idempotency.complete(completions, session);
  if (completed === completions.length) return;
  // Nothing of the others' may stand with it, so they are done again without.
  for (const id of await ctx.store.idempotency.lost(completions, session)) lost.add(id);
  throw lost.size > 0 ? new Overtaken() : unavailable();
}
