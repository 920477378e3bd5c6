import type { Context } from '../../context';
import { AppError } from '../../errors';
import type { WebhookDelivery } from '../../store/webhook-deliveries';

/**
 * A delivery of a company.
 * @throws AppError webhook_delivery_not_found
 */
export async function getDelivery({
  ctx,
  companyId,
  deliveryId,
}: {
  ctx: Context;
  companyId: string;
  deliveryId: string;
}): Promise<WebhookDelivery> {
  const found = await ctx.store.webhookDeliveries.find(deliveryId);
  if (found?.company_id !== companyId) throw new AppError('webhook_delivery_not_found');
  return found;
}
