import type { Context } from '../../context';
import { deliveredMessage } from './delivered-message';
import { type DeliveryView, deliveryView } from './delivery-view';
import { getDelivery } from './get-delivery';

/** A delivery with what was last sent. */
export interface DeliveryDetail extends DeliveryView {
  /** The bytes that are signed; null: nothing has been sent yet, or the event is no longer kept. */
  body: string | null;
  /** Null also where it was signed with a secret that is gone. */
  headers: Record<string, string> | null;
}

/**
 * A delivery of a company, and what it sends.
 * @throws AppError webhook_delivery_not_found
 */
export async function lookAtDelivery({
  ctx,
  companyId,
  deliveryId,
}: {
  ctx: Context;
  companyId: string;
  deliveryId: string;
}): Promise<DeliveryDetail> {
  const delivery = await getDelivery({ ctx, companyId, deliveryId });
  const isSent = delivery.attempts.length > 0;
  const message = isSent ? await deliveredMessage({ ctx, delivery }) : null;
  const { body = null, headers = null } = message ?? {};
  return { ...deliveryView(delivery), body, headers };
}
