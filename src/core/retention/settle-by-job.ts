import type { Context } from '../../context';
import { type Settled, settleRetention } from './settle-retention';

/**
 * Settles the retention that a job names.
 * @param jobRef the random name under which queues know it
 */
export async function settleByJob({
  ctx,
  jobRef,
}: {
  ctx: Context;
  jobRef: string;
}): Promise<Settled> {
  const retentionId = await ctx.store.retentions.idByJobRef(jobRef);
  return retentionId === null ? 'gone' : settleRetention({ ctx, retentionId });
}
