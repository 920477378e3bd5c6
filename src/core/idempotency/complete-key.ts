import type { Context } from '../../context';
import { unavailable } from '../../errors';
import type { Session } from '../../store';
import type { HeldKey, StoredResponse } from './acquire-key';

/**
 * Stores the answer that a repeat under this key will get.
 * @param session the transaction of the effect; without it, the effect is committed already
 * @throws AppError unavailable, inside a transaction only, when the lease has passed to another
 *   holder, who carries on: nothing of this try may stand
 */
export async function completeKey({
  ctx,
  heldKey,
  response,
  session,
}: {
  ctx: Context;
  heldKey: HeldKey;
  response: StoredResponse;
  session?: Session;
}): Promise<void> {
  const { id, lease } = heldKey;
  const held = await ctx.store.idempotency.complete([{ id, lease, response }], session);
  if (session && held !== 1) throw unavailable();
}
