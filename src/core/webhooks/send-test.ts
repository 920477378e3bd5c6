import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import { recordChange } from '../audit/record-change';
import { deliveryId } from './fan-out-events';
import { handOverEvents, newEvent } from './record-events';
import { requireEndpoint } from './require-endpoint';

/**
 * Sends an endpoint, and no other, an event by which it can be tried out.
 * @returns the id of its delivery
 * @throws AppError webhook_endpoint_not_found, webhook_endpoint_disabled
 */
export async function sendTest({
  ctx,
  companyId,
  caller,
  endpointId,
}: {
  ctx: Context;
  companyId: string;
  caller: Caller;
  endpointId: string;
}): Promise<{ deliveryId: string }> {
  const event = await ctx.store.transaction(async (session) => {
    const { enabled } = await requireEndpoint({ ctx, companyId, endpointId, session });
    if (!enabled) throw new AppError('webhook_endpoint_disabled');
    const data = { endpoint_id: endpointId };
    const told = { companyId, event: 'endpoint.test' as const, at: ctx.now(), data };
    const made = newEvent({ ctx, told });
    await ctx.store.webhookEvents.insert([made], session);
    const action = 'webhook.tested';
    await recordChange({ ctx, session, companyId, action, caller, reason: endpointId });
    return made;
  });
  handOverEvents({ ctx, ids: [event._id] });
  return { deliveryId: deliveryId(event._id, endpointId) };
}
