import type { Context } from '../../context';
import type { WebhookDelivery } from '../../store/webhook-deliveries';
import type { WebhookEndpoint } from '../../store/webhook-endpoints';

/** A delivery that is about to be sent. */
export type Numbered = WebhookDelivery & { sequence: number };

/**
 * Gives deliveries that are sent for the first time the next numbers of their endpoint's sequence, in
 * order and without gaps.
 * @returns all of them; null: the endpoint is gone
 */
export async function numberDeliveries({
  ctx,
  endpoint: { _id },
  deliveries,
}: {
  ctx: Context;
  endpoint: WebhookEndpoint;
  deliveries: WebhookDelivery[];
}): Promise<Numbered[] | null> {
  const fresh = deliveries.flatMap((one) => (one.sequence === null ? one._id : []));
  const first = fresh.length > 0 ? await takeNumbers(ctx, _id, fresh) : 0;
  if (first === null) return null;
  await ctx.reach('webhooks.numbered');
  const place = new Map(fresh.map((id, i) => [id, first + i]));
  return deliveries.map((one) => ({ ...one, sequence: one.sequence ?? place.get(one._id) ?? 0 }));
}

function takeNumbers(ctx: Context, endpointId: string, ids: string[]): Promise<number | null> {
  const { webhookEndpoints, webhookDeliveries } = ctx.store;
  return ctx.store.transaction(async (session) => {
    const first = await webhookEndpoints.takeNumbers(endpointId, ids.length, session);
    if (first !== null) await webhookDeliveries.number(ids, first, session);
    return first;
  });
}
