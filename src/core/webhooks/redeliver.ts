import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import { recordChange } from '../audit/record-change';
import type { Completion } from '../idempotency/commit-change';
import { deliverOnceBack } from './deliver-soon';
import { getDelivery } from './get-delivery';
import { requireEndpoint } from './require-endpoint';
import type { AskedDelivery } from './send-test';

/**
 * Sends a delivery again, from its first try on, whatever became of it.
 * @throws AppError webhook_delivery_not_found, webhook_endpoint_not_found, webhook_endpoint_disabled
 */
export async function redeliver({
  ctx,
  companyId,
  caller,
  deliveryId,
  completion,
}: {
  ctx: Context;
  companyId: string;
  caller: Caller;
  deliveryId: string;
  completion?: Completion<AskedDelivery> | undefined;
}): Promise<AskedDelivery> {
  const { endpoint_id: endpointId } = await getDelivery({ ctx, companyId, deliveryId });
  const endpoint = await ctx.store.transaction(async (session) => {
    const found = await requireEndpoint({ ctx, companyId, endpointId, session });
    if (!found.enabled) throw new AppError('webhook_endpoint_disabled');
    const again = { _id: deliveryId, next_at: ctx.now() };
    await ctx.store.webhookDeliveries.sendAgain([again], session);
    const action = 'webhook.redelivered';
    await recordChange({ ctx, session, companyId, action, caller, reason: deliveryId });
    await completion?.(session, { deliveryId });
    return found;
  });
  await deliverOnceBack({ ctx, endpoints: [endpoint] });
  return { deliveryId };
}
