import type { WebhookDelivery } from '../../store/webhook-deliveries';

/** A delivery as it goes over the wire. */
export function deliveryView(delivery: WebhookDelivery) {
  const { _id, endpoint_id, event_id, event, state, sequence, created_at, next_at } = delivery;
  return {
    delivery_id: _id,
    endpoint_id,
    /** The `webhook-id`. */
    event_id,
    event,
    status: state,
    sequence,
    created_at: created_at.toISOString(),
    delivered_at: delivery.delivered_at?.toISOString() ?? null,
    next_attempt_at: state === 'waiting' ? next_at.toISOString() : null,
    attempts: delivery.attempts.map(({ at, status, failure, ms, answer }) => ({
      at: at.toISOString(),
      status,
      failure,
      ms,
      answer,
    })),
  };
}
export type DeliveryView = ReturnType<typeof deliveryView>;

/** The same in a list, which would be long with what was answered. */
export function listedDeliveryView(delivery: WebhookDelivery) {
  const { attempts, ...view } = deliveryView(delivery);
  return { ...view, attempts: attempts.map(({ answer: _answer, ...attempt }) => attempt) };
}
