import type { Context } from '../../src/context';
import { createFinishTogether } from '../../src/core/revocations/finish-together';
import type { Handler } from '../handler';

/** One per process, so that the jobs it has under way are finished together. */
const finishers = new WeakMap<Context, ReturnType<typeof createFinishTogether>>();

/** Writes what is still missing of a revocation whose flags are set. */
export const followUpRevocation: Handler<'follow-up-revocation'> = ({ ctx, payload }) => {
  const finish = finishers.get(ctx) ?? createFinishTogether({ ctx });
  finishers.set(ctx, finish);
  return finish(payload.revocation_id);
};
