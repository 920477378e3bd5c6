import { settleRetention } from '../../src/core/retention/settle-retention';
import type { Handler } from '../handler';

/** Carries out one retention. */
export const carryOutRetention: Handler<'carry-out-retention'> = async ({ ctx, payload }) => {
  const retentionId = await ctx.store.retentions.idByJobRef(payload.job_ref);
  return retentionId === null ? 'gone' : settleRetention({ ctx, retentionId });
};
