import type { Context } from '../../src/context';
import { createFinishTogether, type Finish } from '../../src/core/revocations/finish-together';
import { followUpRevocations } from '../../src/core/revocations/follow-up-revocations';
import { revocationsOf } from '../../src/jobs/revocation-ids';
import type { Handler } from '../handler';

/** One per process, so that the jobs it has under way are finished together. */
const finishers = new WeakMap<Context, Finish>();

/** Finishes revocations whose flags are set. */
export const followUpRevocation: Handler<'follow-up-revocation'> = ({ ctx, payload }) => {
  const finish = finishers.get(ctx) ?? createFinishTogether({ ctx });
  finishers.set(ctx, finish);
  return followUpRevocations({ ctx, finish, revocationIds: revocationsOf(payload) });
};
