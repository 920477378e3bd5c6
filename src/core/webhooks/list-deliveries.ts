import type { Context } from '../../context';
import type { Page, PageRequest } from '../../store/paging';
import {
  DELIVERY_STATES,
  type DeliveryFilter,
  type WebhookDelivery,
} from '../../store/webhook-deliveries';

export { DELIVERY_STATES };

/**
 * Deliveries of a company, newest first.
 * @throws AppError invalid_request naming `cursor`
 */
export function listDeliveries({
  ctx,
  companyId,
  filter,
  page,
}: {
  ctx: Context;
  companyId: string;
  filter: DeliveryFilter;
  page: PageRequest;
}): Promise<Page<WebhookDelivery>> {
  return ctx.store.webhookDeliveries.list(companyId, filter, page);
}
