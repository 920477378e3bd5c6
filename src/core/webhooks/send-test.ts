import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import { recordChange } from '../audit/record-change';
import type { Completion } from '../idempotency/commit-change';
import { deliveryId } from './fan-out-events';
import { handOverEvents, newEvent } from './record-events';
import { requireEndpoint } from './require-endpoint';

/** A delivery that is on its way. */
export interface AskedDelivery {
  deliveryId: string;
}

/**
 * Sends an endpoint, and no other, an event by which it can be tried out.
 * @returns the id of its delivery, which is there within a second
 * @throws AppError webhook_endpoint_not_found, webhook_endpoint_disabled
 */
export async function sendTest({
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
  completion?: Completion<AskedDelivery> | undefined;
}): Promise<AskedDelivery> {
  const { event, asked } = await ctx.store.transaction(async (session) => {
    const { enabled } = await requireEndpoint({ ctx, companyId, endpointId, session });
    if (!enabled) throw new AppError('webhook_endpoint_disabled');
    const data = { endpoint_id: endpointId };
    const told = { companyId, event: 'endpoint.test' as const, at: ctx.now(), data };
    const made = newEvent({ ctx, told });
    await ctx.store.webhookEvents.insert([made], session);
    const action = 'webhook.tested';
    await recordChange({ ctx, session, companyId, action, caller, reason: endpointId });
    const delivery = { deliveryId: deliveryId(made._id, endpointId) };
    await completion?.(session, delivery);
    return { event: made, asked: delivery };
  });
  handOverEvents({ ctx, ids: [event._id] });
  return asked;
}
