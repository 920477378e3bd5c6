import type { Context } from '../../context';
import type { WebhookDelivery } from '../../store/webhook-deliveries';
import type { WebhookEndpoint } from '../../store/webhook-endpoints';
import { SECRET_OVERLAP_MS } from './rotate-secret';
import { bodyOf, headersOf } from './send-delivery';

/** A message as it was last sent, or will be. */
export interface DeliveredMessage {
  /** The bytes that are signed. */
  body: string;
  /** Null: not sent yet, or signed with a secret that is gone. */
  headers: Record<string, string> | null;
}

/**
 * What a delivery's endpoint is sent: made anew from the event, as nothing of it is kept twice.
 * @returns null: the event is no longer kept
 */
export async function deliveredMessage({
  ctx,
  delivery,
}: {
  ctx: Context;
  delivery: WebhookDelivery;
}): Promise<DeliveredMessage | null> {
  const { region, event_id: eventId, endpoint_id: endpointId, sequence, attempts } = delivery;
  const [[event], endpoint] = await Promise.all([
    ctx.store.regions[region].webhookEvents.findMany([eventId]),
    ctx.store.webhookEndpoints.find(endpointId),
  ]);
  if (!event) return null;
  const body = bodyOf(event, sequence);
  const at = attempts.at(-1)?.at;
  if (!at || !endpoint || !hasSecretsOf(endpoint, at)) return { body, headers: null };
  return { body, headers: headersOf({ ctx, endpoint, eventId, body, at }) };
}

/** Whether an endpoint still has the secrets that it had at a time. */
function hasSecretsOf({ secrets: [, previous] }: WebhookEndpoint, at: Date): boolean {
  if (!previous?.until) return true;
  return at.getTime() >= previous.until.getTime() - SECRET_OVERLAP_MS;
}
