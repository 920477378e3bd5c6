import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import { recordChange } from '../audit/record-change';
import type { Completion } from '../idempotency/commit-change';

/**
 * Removes an endpoint for good; what waits for it is given up.
 * @returns its id
 * @throws AppError webhook_endpoint_not_found
 */
export async function removeEndpoint({
  ctx,
  companyId,
  caller,
  endpointId,
  completion,
}: {
  ctx: Context;
  companyId: string;
  caller: Caller;
  endpointId: string;
  completion?: Completion<string> | undefined;
}): Promise<string> {
  return ctx.store.transaction(async (session) => {
    const removed = await ctx.store.webhookEndpoints.remove(companyId, endpointId, session);
    if (!removed) throw new AppError('webhook_endpoint_not_found');
    const action = 'webhook.removed';
    await recordChange({ ctx, session, companyId, action, caller, reason: endpointId });
    await completion?.(session, endpointId);
    return endpointId;
  });
}
