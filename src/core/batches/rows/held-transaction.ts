import type { Context } from '../../../context';
import type { Session } from '../../../store';
import type { HeldBatch } from './held-batch';

/**
 * Runs a transaction that writes progress of a batch. Each try starts from `held.batch` as it was, and
 * a failed transaction leaves it so.
 * @throws LeaseLost; what `work` throws
 */
export async function heldTransaction<T>({
  ctx,
  held,
  work,
}: {
  ctx: Context;
  held: HeldBatch;
  work: (session: Session) => Promise<T>;
}): Promise<T> {
  const before = held.batch;
  try {
    return await ctx.store.transaction((session) => {
      held.batch = before;
      return work(session);
    });
  } catch (error) {
    held.batch = before;
    throw error;
  }
}
