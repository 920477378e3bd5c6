import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import { recordChange } from '../audit/record-change';

/**
 * Removes an endpoint for good; what waits for it is given up.
 * @throws AppError webhook_endpoint_not_found
 */
export async function removeEndpoint({
  ctx,
  companyId,
  caller,
  endpointId,
}: {
  ctx: Context;
  companyId: string;
  caller: Caller;
  endpointId: string;
}): Promise<void> {
  await ctx.store.transaction(async (session) => {
    const removed = await ctx.store.webhookEndpoints.remove(companyId, endpointId, session);
    if (!removed) throw new AppError('webhook_endpoint_not_found');
    const action = 'webhook.removed';
    await recordChange({ ctx, session, companyId, action, caller, reason: endpointId });
  });
}
